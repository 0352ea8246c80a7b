using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CopyTests : IDisposable
{
    private const int Private = 0x180;                // 0600

    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task Copy_has_content_mode_and_time_of_the_file()
    {
        var source = _folder.Create("a", "content");
        File.SetUnixFileMode(source, (UnixFileMode)Private);
        File.SetLastWriteTimeUtc(source, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));

        var copy = await _folder.Files.CopyAsync("a", "b/c");

        copy.Path.Should().Be(_folder.PathOf("b/c"));
        copy.Mode.Should().Be(Private);
        copy.ModifiedTime.Should().Be(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero));
        File.ReadAllText(copy.Path).Should().Be("content");
    }

    [Test]
    public async Task File_at_the_destination_is_replaced_with_its_mode()
    {
        _folder.Run("echo new > a; echo old > b; chmod 755 a; chmod 600 b");

        var copy = await _folder.Files.CopyAsync("a", "b");

        copy.Mode.Should().Be(0x1ED);
        File.ReadAllText(copy.Path).Should().Be("new\n");
    }

    [Test]
    public async Task File_can_be_copied_onto_itself()
    {
        _folder.Create("a", "content");

        await _folder.Files.CopyAsync("a", "a");

        File.ReadAllText(_folder.PathOf("a")).Should().Be("content");
    }

    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("directory", FileErrorReason.IsADirectory)]
    [TestCase("pipe", FileErrorReason.NotARegularFile)]
    public async Task Failure_leaves_the_destination(string source, FileErrorReason reason)
    {
        _folder.Run("mkdir directory; mkfifo pipe; echo before > b");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.CopyAsync(source, "b"))).Should().Be(reason);

        File.ReadAllText(_folder.PathOf("b")).Should().Be("before\n");
    }

    [Test]
    public async Task Copy_belongs_to_the_user_whose_rights_count()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("mkdir open; chmod 777 open; echo readable > open/a; echo secret > open/b; chmod 600 open/b");

        var copy = await files.CopyAsync("open/a", "open/c");

        copy.Owner.Should().Be("nobody");
        (await TemporaryFolder.ReasonOf(() => files.CopyAsync("open/b", "open/d"))).Should().Be(FileErrorReason.PermissionDenied);
    }

    public void Dispose() => _folder.Dispose();
}
