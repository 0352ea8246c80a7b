using FluentAssertions;
using KernelGateway.Launching;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

public sealed class DescriptorLimitTests
{
    [TestCase("Max open files            1024                 524288               files     ", 1024L)]
    [TestCase("Max open files            unlimited            unlimited            files     ", null)]
    [TestCase("Max processes             5000                 5000                 processes ", null)]
    public void Soft_limit_is_read_from_the_systems_table(string line, long? expected) =>
        DescriptorLimit.ReadSoftLimit(["Limit                     Soft Limit           Hard Limit           Units     ", line]).Should().Be(expected);

    [TestCase(64, 16)]
    [TestCase(256, 16)]
    [TestCase(1024, 400)]
    [TestCase(4096, 1936)]
    public void Half_of_the_free_descriptors_are_for_connections(long descriptors, long connections) =>
        DescriptorLimit.GetMaxConnections(descriptors).Should().Be(connections);

    [Test]
    public void There_is_room_for_a_kernel_in_a_process_with_room() =>
        FluentActions.Invoking(() => DescriptorLimit.CheckRoomForKernel("python3")).Should().NotThrow();
}
