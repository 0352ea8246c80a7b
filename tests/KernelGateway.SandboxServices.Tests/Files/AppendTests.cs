using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class AppendTests : IDisposable
{
    private static readonly FileWriteOptions Appending = new() { Appends = true };

    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task Content_is_added_behind_what_the_file_has_and_its_metadata_stay()
    {
        await _folder.Files.WriteAsync(
            "a", TemporaryFolder.Content("first "), new FileWriteOptions { Metadata = new Dictionary<string, string> { ["k"] = "v" } });

        var entry = await _folder.Files.WriteAsync("a", TemporaryFolder.Content("second"), Appending);

        File.ReadAllText(entry.Path).Should().Be("first second");
        entry.Metadata.Should().Contain("k", "v");
    }

    [Test]
    public async Task Missing_file_is_created_with_its_parents()
    {
        await _folder.Files.WriteAsync("b/c", TemporaryFolder.Content("content"), Appending);

        File.ReadAllText(_folder.PathOf("b/c")).Should().Be("content");
    }

    [Test]
    public async Task Long_content_is_added_whole()
    {
        var content = new byte[3 * FileUpload.BufferBytes + 1];
        Random.Shared.NextBytes(content);
        _folder.Create("a", "x");

        await _folder.Files.WriteAsync("a", new MemoryStream(content), Appending);

        File.ReadAllBytes(_folder.PathOf("a")).Should().Equal([(byte)'x', .. content]);
    }

    [TestCase("before")]
    [TestCase(null)]
    public async Task Failure_leaves_the_file_as_it_was(string? before)
    {
        if (before is not null) _folder.Create("a", before);
        using var content = new PartialStream(new byte[2 * FileUpload.BufferBytes], 10_000, failsAtEnd: true);

        var write = () => _folder.Files.WriteAsync("a", content, Appending);

        await write.Should().ThrowAsync<IOException>();
        (File.Exists(_folder.PathOf("a")) ? File.ReadAllText(_folder.PathOf("a")) : null).Should().Be(before);
    }

    [Test]
    public async Task File_cannot_be_extended_and_replaced()
    {
        var write = () => _folder.Files.WriteAsync("a", TemporaryFolder.Content(""), Appending with { IsAtomic = true });

        await write.Should().ThrowAsync<ArgumentException>();
    }

    public void Dispose() => _folder.Dispose();
}
