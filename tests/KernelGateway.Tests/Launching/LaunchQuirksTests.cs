using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public sealed class LaunchQuirksTests
{
    [Test]
    public void Variables_of_the_caller_and_of_the_kernelspec_win()
    {
        var launch = Launch("/opt/deno", "jupyter") with { Environment = new Dictionary<string, string> { ["NO_COLOR"] = "" } };
        var spec = Launch("/opt/deno", "jupyter");
        spec = spec with { Spec = spec.Spec with { Environment = new Dictionary<string, string> { ["NO_COLOR"] = "0" } } };

        Prepared(launch).Environment["NO_COLOR"].Should().BeEmpty();
        Prepared(spec).Environment.Should().BeEmpty();
        Prepared(Launch("/opt/deno", "jupyter")).Environment["NO_COLOR"].Should().Be("1");
    }

    [Test]
    public void An_unknown_kernel_is_launched_as_its_kernelspec_says()
    {
        var launch = Launch("some-kernel", "{connection_file}");

        Prepared(launch).Spec.Should().BeSameAs(launch.Spec);
        Prepared(launch).Environment.Should().BeEmpty();
    }

    [Test]
    public void Settings_in_files_give_way_to_those_of_the_caller_and_of_the_kernelspec()
    {
        var launch = Launch("python", "-m", "octave_kernel");
        var given = launch with { Environment = new Dictionary<string, string> { ["INPUTRC"] = "/home/me/inputrc" } };
        var spec = launch with { Spec = launch.Spec with { Environment = new Dictionary<string, string> { ["INPUTRC"] = "/etc/octave" } } };

        Prepared(launch).FileVariables.Keys.Should().BeEquivalentTo("INPUTRC", "OCTAVE_SITE_INITFILE", "OCTAVE_HISTFILE");
        Prepared(given).FileVariables.Keys.Should().BeEquivalentTo("OCTAVE_SITE_INITFILE", "OCTAVE_HISTFILE");
        Prepared(spec).FileVariables.Keys.Should().BeEquivalentTo("OCTAVE_SITE_INITFILE", "OCTAVE_HISTFILE");
        LaunchQuirks.For(launch.Spec).Prepare(launch, sharesHistory: true).FileVariables.Keys.Should().NotContain("OCTAVE_HISTFILE");
    }

    [Test]
    public void History_of_ipykernel_is_kept_in_memory_unless_the_kernelspec_or_the_options_say_otherwise()
    {
        const string InMemory = "--HistoryManager.hist_file=:memory:";
        var launch = Launch("/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}");
        var configured = Launch("python3", "-m", "ipykernel", "-f", "{connection_file}", "--HistoryManager.enabled=False");

        Prepared(launch).Spec.Argv.Should().Equal([.. launch.Spec.Argv, InMemory]);
        Prepared(configured).Spec.Argv.Should().Equal(configured.Spec.Argv);
        LaunchQuirks.For(launch.Spec).Prepare(launch, sharesHistory: true).Spec.Should().BeSameAs(launch.Spec);
    }

    [TestCase("ipykernel_launcher")]
    [TestCase("octave_kernel")]
    [TestCase("m2_kernel")]
    public void Debugger_of_ipykernel_is_silent_at_the_start(string module) =>
        Prepared(Launch("python3", "-m", module)).Environment["PYDEVD_DISABLE_FILE_VALIDATION"].Should().Be("1");

    private static KernelLaunch Prepared(KernelLaunch launch) => LaunchQuirks.For(launch.Spec).Prepare(launch);

    private static KernelLaunch Launch(params string[] argv) => new()
    {
        KernelId = "id",
        Spec = new KernelSpec { Name = "x", Argv = argv, DisplayName = "x", Language = "x", ResourceDirectory = "/" },
    };
}
