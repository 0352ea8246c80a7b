using FluentAssertions;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Mcp.Tests;

public sealed class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on() =>
        PublicApi.Compare(typeof(KernelGatewayMcp).Assembly, Repository.PathOf("tests", "KernelGateway.Mcp.Tests", "PublicApi.txt")).Should().BeNull();
}
