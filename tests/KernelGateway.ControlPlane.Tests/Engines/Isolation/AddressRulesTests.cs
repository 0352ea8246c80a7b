using FluentAssertions;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Records;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class AddressRulesTests
{
    [TestCase("1.2.3.4", true)]
    [TestCase("10.0.0.0/8", true)]
    [TestCase("0.0.0.0/0", true)]
    [TestCase("10.0.0.0/33", false)]
    [TestCase("1", false)]
    [TestCase("::1", false)]
    [TestCase("example.com", false)]
    [TestCase("1.2.3.4, 5.6.7.8", false)]
    public void Only_addresses_and_ranges_of_version_4_are_valid(string range, bool isValid) =>
        AddressRules.IsValid(range).Should().Be(isValid);

    [Test]
    public void Allowed_addresses_come_before_refused_ones_and_both_lists_are_complete()
    {
        var rules = AddressRules.Write(new NetworkRecord(["10.1.0.0/16"], ["203.0.113.0/24"]), ["198.51.100.9"]);

        rules.IndexOf("@allowed accept", StringComparison.Ordinal).Should().BeLessThan(rules.IndexOf("@refused reject", StringComparison.Ordinal));
        rules.Should().Contain("elements = { 10.1.0.0/16 }").And.Contain("198.51.100.9, 203.0.113.0/24 }").And.Contain("169.254.0.0/16");
    }
}
