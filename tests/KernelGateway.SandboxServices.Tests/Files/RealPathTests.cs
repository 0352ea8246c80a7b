using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TestCase("a/b")]
    [TestCase("link/b")]
    [TestCase("a/other")]
    [TestCase("~/link/../a/./b")]
    public async Task Path_is_given_without_links_and_dots(string path)
    {
        _folder.Create("a/b");
        _folder.Link("link", "a");
        _folder.Link("a/other", _folder.PathOf("link/b"));

        (await _folder.Files.GetRealPathAsync(path)).Should().Be(_folder.PathOf("a/b"));
    }

    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("dangling", FileErrorReason.NotFound)]
    [TestCase("a/b/c", FileErrorReason.NotADirectory)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    public async Task What_does_not_exist_has_none(string path, FileErrorReason reason)
    {
        _folder.Create("a/b");
        _folder.Link("dangling", "nowhere");
        _folder.Link("loop", "loop");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.GetRealPathAsync(path))).Should().Be(reason);
    }

    [Test]
    public async Task Entry_says_what_the_user_may_do()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("echo > a; chmod 644 a; echo > b; chmod 666 b; echo > c; chmod 600 c; mkdir d; chmod 744 d; mkdir e; chmod 755 e; ln -s b f; ln -s nowhere g");

        var entries = await files.ListAsync("");

        entries.Select(entry => $"{entry.Name} {entry.IsReadable} {entry.IsWritable}").Should().Equal(
            "a True False", "b True True", "c False False", "d False False", "e True False", "f True True", "g False False");
    }

    [Test]
    public async Task Own_files_can_be_read_and_written()
    {
        _folder.Create("a");

        (await _folder.Files.GetEntryAsync("a")).Should().Match<FileEntry>(entry => entry.IsReadable && entry.IsWritable);
    }

    public void Dispose() => _folder.Dispose();
}
