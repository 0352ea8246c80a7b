using FluentAssertions;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Conformance.Tests;

public sealed class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on() =>
        PublicApi.Compare(typeof(ConformanceRun).Assembly, Repository.PathOf("tests", "KernelGateway.Conformance.Tests", "PublicApi.txt"))
            .Should().BeNull();
}
