using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests;

public sealed class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on()
    {
        var approved = Repository.PathOf("tests", "KernelGateway.SandboxServices.Tests", "PublicApi.txt");

        PublicApi.Compare(typeof(SandboxFiles).Assembly, approved).Should().BeNull();
    }
}
