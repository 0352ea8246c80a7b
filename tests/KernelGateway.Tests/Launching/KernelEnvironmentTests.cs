using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.Users;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public class KernelEnvironmentTests
{
    private readonly LaunchOptions _options = new()
    {
        GetEnvironment = () => new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["LC_ALL"] = "C",
            ["LCX"] = "no",
            ["R_LIBS"] = "/r",
            ["HTTPS_PROXY"] = "http://user:password@proxy",
            ["GITHUB_TOKEN"] = "secret",
            ["KERNELGATEWAY__TOKEN"] = "secret",
            ["KernelGateway__Auth__Token"] = "secret",
        },
    };

    [Test]
    public void Only_listed_variables_are_inherited() =>
        Build().Should().BeEquivalentTo(new Dictionary<string, string> { ["PATH"] = "/bin", ["LC_ALL"] = "C", ["R_LIBS"] = "/r" });

    [Test]
    public void Our_own_configuration_is_not_inherited_even_when_everything_is()
    {
        _options.InheritedEnvironment.Add("*");

        Build().Keys.Should().BeEquivalentTo("PATH", "LC_ALL", "LCX", "R_LIBS", "HTTPS_PROXY", "GITHUB_TOKEN");
    }

    [Test]
    public void Callers_values_win_over_the_kernelspecs_and_those_over_inherited_ones()
    {
        var environment = Build(
            specific: new() { ["PATH"] = "/spec:${PATH}", ["BOTH"] = "spec", ["COPY"] = "$BOTH$GIVEN" },
            given: new() { ["BOTH"] = "given", ["GIVEN"] = "$PATH" });

        environment["PATH"].Should().Be("/spec:/bin");
        environment["BOTH"].Should().Be("given");
        environment["COPY"].Should().Be("given$PATH");
        environment["GIVEN"].Should().Be("$PATH", "variables in the caller's values are not expanded");
    }

    [Test]
    public void Kernelspec_cannot_use_variables_that_are_not_inherited() =>
        Build(specific: new() { ["STOLEN"] = "$GITHUB_TOKEN" })["STOLEN"].Should().Be("$GITHUB_TOKEN");

    [Test]
    public void Message_about_a_bad_value_does_not_show_it()
    {
        var building = () => Build(given: new() { ["SECRET"] = "hunter2\0" });

        building.Should().Throw<ArgumentException>().WithMessage("*SECRET*").Which.Message.Should().NotContain("hunter2");
    }

    [TestCase("UID", "is a variable of the shell")]
    [TestCase("PPID", "is a variable of the shell")]
    [TestCase("some.name", "is not an identifier")]
    [TestCase("BASH_FUNC_x%%", "is not an identifier")]
    public void Variable_that_no_shell_can_set_is_refused_for_kernels_of_another_user(string name, string problem)
    {
        var user = RequireUser();
        var variables = new Dictionary<string, string> { [name] = "1" };

        FluentActions.Invoking(() => Build(given: variables, user: user)).Should().Throw<ArgumentException>().WithMessage($"*'{name}'*{problem}*");
        FluentActions.Invoking(() => Build(specific: variables, user: user)).Should().Throw<ArgumentException>().WithMessage($"*'{name}'*{problem}*");
        Build(given: variables)[name].Should().Be("1", "no shell is needed for kernels of our own user");
    }

    [Test]
    public void Variable_that_no_shell_can_set_is_not_inherited_by_kernels_of_another_user()
    {
        var user = RequireUser();
        _options.GetEnvironment = () => new Dictionary<string, string> { ["UID"] = "0", ["BASH_FUNC_x%%"] = "() { :; }", ["KEPT"] = "1" };
        _options.InheritedEnvironment.Add("*");

        Build(user: user).Keys.Should().BeEquivalentTo("KEPT", "HOME", "USER", "LOGNAME", "SHELL");
    }

    // Every Debian system has this user.
    private static KernelUser RequireUser()
    {
        if (KernelUser.TryCreate("games", out var problem) is { } user) return user;
        Assert.Ignore($"Kernels cannot run as another user here: {problem}.");
        return null!;
    }

    private Dictionary<string, string> Build(
        Dictionary<string, string>? specific = null, Dictionary<string, string>? given = null, KernelUser? user = null) =>
        KernelEnvironment.Build(_options, LaunchBench.Spec("x") with { Environment = specific ?? [] }, given ?? [], user);
}
