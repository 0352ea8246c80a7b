using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public sealed class ProcessVariablesTests
{
    private static readonly Dictionary<string, string> Inherited = new() { ["PATH"] = "/bin" };

    [Test]
    public void Launch_has_the_variables_of_all_kernels_and_its_own_ones_before_them()
    {
        var variables = ProcessVariables.ForLaunch(Share(("A", "shared"), ("B", "shared")), Launch(("B", "own")));

        variables.Launch.Environment.Should().BeEquivalentTo(new Dictionary<string, string> { ["A"] = "shared", ["B"] = "own" });
        variables.FindChanges(readsEnvironment: true).Should().BeEmpty();
    }

    [Test]
    public void Replaced_variables_change_except_where_the_kernel_has_its_own()
    {
        var shared = Share(("KEPT", "1"));
        shared.Replace(Map(("A", "1"), ("B", "1")));
        var variables = ProcessVariables.ForLaunch(shared, Launch(("OWN", "own")));

        shared.Replace(Map(("A", "2"), ("NEW", "1"), ("OWN", "other")));

        variables.FindChanges(readsEnvironment: true).Should().BeEquivalentTo(
            new Dictionary<string, string?> { ["A"] = "2", ["NEW"] = "1", ["B"] = null });
    }

    [Test]
    public void Removed_variable_gets_the_value_back_that_kernels_inherit()
    {
        var shared = Share();
        var variables = ProcessVariables.ForLaunch(shared, Launch());
        shared.Replace(Map(("PATH", "/opt"), ("A", "1")));
        variables.FindChanges(readsEnvironment: true).Should().HaveCount(2);
        variables.NoteSet();

        shared.Replace([]);

        variables.FindChanges(readsEnvironment: true).Should().BeEquivalentTo(
            new Dictionary<string, string?> { ["PATH"] = "/bin", ["A"] = null });
    }

    [Test]
    public void Changes_are_found_again_until_they_are_set()
    {
        var shared = Share();
        var variables = ProcessVariables.ForLaunch(shared, Launch());
        shared.Replace(Map(("A", "1")));

        variables.FindChanges(readsEnvironment: true).Should().ContainKey("A");
        variables.FindChanges(readsEnvironment: true).Should().ContainKey("A");
        variables.NoteSet();
        variables.FindChanges(readsEnvironment: true).Should().BeEmpty();
    }

    [Test]
    public void Code_that_does_not_read_the_environment_gets_all_variables_of_the_launch_once()
    {
        var variables = ProcessVariables.ForLaunch(Share(("A", "shared")), Launch(("B", "own")));

        variables.FindChanges(readsEnvironment: false).Should().BeEquivalentTo(
            new Dictionary<string, string?> { ["A"] = "shared", ["B"] = "own" });
        variables.NoteSet();
        variables.FindChanges(readsEnvironment: false).Should().BeEmpty();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Adopted_process_gets_what_is_replaced_after_its_adoption(bool readsEnvironment)
    {
        var shared = Share(("A", "1"), ("B", "1"));
        var variables = ProcessVariables.ForAdopted(shared, Launch(("B", "own")));
        variables.FindChanges(readsEnvironment).Should().BeEmpty();

        shared.Replace(Map(("A", "2"), ("B", "2")));

        variables.FindChanges(readsEnvironment).Should().BeEquivalentTo(new Dictionary<string, string?> { ["A"] = "2" });
    }

    private static SharedVariables Share(params (string, string)[] variables) => new(Map(variables), _ => Inherited);

    private static Dictionary<string, string> Map(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value);

    private static KernelLaunch Launch(params (string, string)[] variables) => new()
    {
        KernelId = "id",
        Spec = new KernelSpec { Name = "x", Argv = ["x"], DisplayName = "x", Language = "x", ResourceDirectory = "/" },
        Environment = Map(variables),
    };
}
