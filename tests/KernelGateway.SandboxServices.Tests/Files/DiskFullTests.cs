using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

/// <summary>A full disk: a small tmpfs that is visible to one thread only. Needs root.</summary>
public sealed class DiskFullTests
{
    private const int DiskBytes = 512 * 1024;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Upload_that_fills_the_disk_fails_and_leaves_nothing(bool isAtomic)
    {
        using var disk = SmallDisk.Create(DiskBytes);
        var content = new PartialStream(new byte[DiskBytes * 2], 100_000);

        var reason = await TemporaryFolder.ReasonOf(
            () => disk.Files.WriteAsync("file", content, new FileWriteOptions { IsAtomic = isAtomic }));

        reason.Should().Be(FileErrorReason.NoSpace);
        (await disk.Files.ListAsync("")).Should().BeEmpty();
        var entry = await disk.Files.WriteAsync("file", new MemoryStream(new byte[DiskBytes / 2]));
        entry.Size.Should().Be(DiskBytes / 2, "the space is free again");
    }

    [Test]
    public async Task Composition_that_fills_the_disk_fails_and_keeps_the_parts()
    {
        using var disk = SmallDisk.Create(DiskBytes);
        await disk.Files.WriteAsync("1", new MemoryStream(new byte[DiskBytes / 3]));
        await disk.Files.WriteAsync("2", new MemoryStream(new byte[DiskBytes / 3]));

        (await TemporaryFolder.ReasonOf(() => disk.Files.ComposeAsync(["1", "2"], "whole"))).Should().Be(FileErrorReason.NoSpace);

        (await disk.Files.ListAsync("")).Select(entry => entry.Name).Should().Equal("1", "2");
    }
}
