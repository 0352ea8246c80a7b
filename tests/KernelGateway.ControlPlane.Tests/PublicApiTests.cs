using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests;

public sealed class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on()
    {
        var approved = Repository.PathOf("tests", "KernelGateway.ControlPlane.Tests", "PublicApi.txt");

        PublicApi.Compare(typeof(ISandboxEngine).Assembly, approved).Should().BeNull();
    }
}
