using FluentAssertions;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests;

public class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on() =>
        PublicApi.Compare(
            typeof(KernelGatewayHttpOptions).Assembly,
            Repository.PathOf("tests", "KernelGateway.AspNetCore.Tests", "PublicApi.txt"))
            .Should().BeNull();
}
