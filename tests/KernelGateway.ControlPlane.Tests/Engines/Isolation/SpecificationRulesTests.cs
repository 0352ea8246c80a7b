using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class SpecificationRulesTests
{
    [TestCase("10.0.0.0/33")]
    [TestCase("example.com")]
    [TestCase("::/0")]
    [TestCase("1.2.3.4 } }\nflush ruleset")]
    public void Range_that_is_not_one_is_refused(string range)
    {
        foreach (var network in new[] { NetworkPolicy.Outgoing([range]), NetworkPolicy.Outgoing(deny: [range]) })
            FluentActions.Invoking(() => SpecificationRules.Check(network))
                .Should().Throw<SandboxEngineException>().Which.Error.Should().Be(SandboxEngineError.InvalidSpecification);
    }
}
