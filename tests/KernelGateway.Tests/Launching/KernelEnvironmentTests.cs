using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
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
        environment["GIVEN"].Should().Be("$PATH", "the caller's values are data");
    }

    [Test]
    public void Kernelspec_cannot_reach_what_is_not_inherited() =>
        Build(specific: new() { ["STOLEN"] = "$GITHUB_TOKEN" })["STOLEN"].Should().Be("$GITHUB_TOKEN");

    [Test]
    public void Message_about_a_bad_value_does_not_show_it()
    {
        var building = () => Build(given: new() { ["SECRET"] = "hunter2\0" });

        building.Should().Throw<ArgumentException>().WithMessage("*SECRET*").Which.Message.Should().NotContain("hunter2");
    }

    private Dictionary<string, string> Build(Dictionary<string, string>? specific = null, Dictionary<string, string>? given = null) =>
        KernelEnvironment.Build(_options, LaunchBench.Spec("x") with { Environment = specific ?? [] }, given ?? []);
}
