using FluentAssertions;
using KernelGateway.Processes.Owners;
using KernelGateway.Testing;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests;

public sealed class PublicApiTests
{
    [Test]
    public void Public_surface_is_the_one_that_was_agreed_on()
    {
        var approved = Repository.PathOf("tests", "KernelGateway.Processes.Tests", "PublicApi.txt");

        PublicApi.Compare(typeof(IProcessOwner).Assembly, approved).Should().BeNull();
    }
}
