using FluentAssertions;
using KernelGateway.Launching.Registration;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Registration;

public class RegistrationGateTests
{
    [TestCase("5.6", true), TestCase("5.6.1", true), TestCase("5.10", true), TestCase("6.0", true)]
    [TestCase("5.5", false), TestCase("5.3", false), TestCase("5", false), TestCase("5.x", false), TestCase("", false), TestCase(null, false)]
    [TestCase("5.99999999999", false), TestCase("-5.6", false)]
    public void Handshake_is_offered_from_protocol_5_6_on(string? version, bool isOffered) =>
        RegistrationGate.IsOfferedBy(LaunchBench.Spec("x") with { KernelProtocolVersion = version }).Should().Be(isOffered);
}
