using FluentAssertions;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests;

public class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on() =>
        PublicApi.Compare(typeof(WireCodec).Assembly, Repository.PathOf("tests", "KernelGateway.Protocol.Tests", "PublicApi.txt"))
            .Should().BeNull();
}
