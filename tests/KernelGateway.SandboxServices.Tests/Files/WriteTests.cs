using System.Security.Cryptography;
using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class WriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [TestCase(false)]
    [TestCase(true)]
    public async Task New_file_gets_mode_0644_the_user_as_owner_and_its_parents(bool isAtomic)
    {
        var options = new FileWriteOptions { IsAtomic = isAtomic };

        var entry = await _folder.Files.WriteAsync("a/b/file.txt", TemporaryFolder.Content("grüße"), options);

        entry.Should().BeEquivalentTo(new
        {
            Name = "file.txt",
            Path = _folder.PathOf("a/b/file.txt"),
            Type = FileEntryType.File,
            Size = 7L,
            Permissions =
                "-rw-r--r--",
            Owner = _folder.User.Name,
        });
        File.ReadAllText(entry.Path).Should().Be("grüße");
        (await _folder.Files.ListAsync("", 3)).Select(found => found.Name).Should().Equal("a", "b", "file.txt");
    }

    [TestCase(false, 0)]
    [TestCase(false, 1)]
    [TestCase(false, FileUpload.BufferBytes)]
    [TestCase(false, FileUpload.BufferBytes + 1)]
    [TestCase(true, 5_000_000)]
    public async Task Content_arrives_as_it_was_sent_in_parts_of_any_size(bool isAtomic, int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        _folder.Create("file", new string('x', 1000));

        await _folder.Files.WriteAsync("file", new PartialStream(bytes, 7_777), new FileWriteOptions { IsAtomic = isAtomic });

        (await File.ReadAllBytesAsync(_folder.PathOf("file"))).Should().Equal(bytes);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Existing_file_keeps_its_mode_and_gets_the_user_as_owner(bool isAtomic)
    {
        var files = _folder.FilesOfNobody(FileRights.Service);
        _folder.Run("echo old content > file; chmod 750 file");

        var entry = await files.WriteAsync("file", TemporaryFolder.Content("new"), new FileWriteOptions { IsAtomic = isAtomic });

        entry.Should().BeEquivalentTo(new { Mode = 0x1E8, Owner = "nobody", Size = 3L });
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task File_behind_a_link_is_written_and_the_link_stays(bool isAtomic)
    {
        _folder.Run("mkdir real; echo old > real/file; ln -s real/file link");

        await _folder.Files.WriteAsync("link", TemporaryFolder.Content("new"), new FileWriteOptions { IsAtomic = isAtomic });

        new FileInfo(_folder.PathOf("link")).LinkTarget.Should().Be("real/file");
        File.ReadAllText(_folder.PathOf("real/file")).Should().Be("new");
        (await _folder.Files.ListAsync("real")).Should().ContainSingle("the temporary file is gone");
    }

    [Test]
    public async Task Atomic_write_replaces_the_file_and_readers_of_the_former_one_keep_it()
    {
        _folder.Create("file", "former");
        await using var former = await _folder.Files.OpenReadAsync("file");

        await _folder.Files.WriteAsync("file", TemporaryFolder.Content("new"), new FileWriteOptions { IsAtomic = true });

        (await TemporaryFolder.ReadAsync(former)).Should().Be("former");
        File.ReadAllText(_folder.PathOf("file")).Should().Be("new");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Failed_upload_removes_the_file_that_it_created(bool isAtomic)
    {
        var content = new PartialStream(new byte[FileUpload.BufferBytes * 2], 50_000, failsAtEnd: true);

        var act = () => _folder.Files.WriteAsync("new", content, new FileWriteOptions { IsAtomic = isAtomic });

        await act.Should().ThrowAsync<EndOfStreamException>();
        Directory.EnumerateFileSystemEntries(_folder.Root).Should().BeEmpty();
        OpenDescriptors.Below(_folder.Root).Should().BeEmpty();
    }

    [Test]
    public async Task Failed_upload_does_not_remove_a_file_that_was_there()
    {
        _folder.Create("file", "former");
        var content = new PartialStream(new byte[FileUpload.BufferBytes * 2], 50_000, failsAtEnd: true);

        var act = () => _folder.Files.WriteAsync("file", content);

        await act.Should().ThrowAsync<EndOfStreamException>();
        new FileInfo(_folder.PathOf("file")).Length.Should().Be(FileUpload.BufferBytes * 2);
    }

    [TestCase(true, 300_000)]
    [TestCase(false, 10)]
    public async Task Upload_that_fails_early_or_beside_the_target_leaves_the_former_content(bool isAtomic, int length)
    {
        _folder.Create("file", "former");
        var content = new PartialStream(new byte[length], 50_000, failsAtEnd: true);

        var act = () => _folder.Files.WriteAsync("file", content, new FileWriteOptions { IsAtomic = isAtomic });

        await act.Should().ThrowAsync<EndOfStreamException>();
        File.ReadAllText(_folder.PathOf("file")).Should().Be("former");
    }

    [Test]
    public async Task File_that_took_the_place_of_a_failed_upload_stays()
    {
        var content = new PartialStream(new byte[FileUpload.BufferBytes * 2], 50_000, failsAtEnd: true)
        {
            BeforeFailure = () => _folder.Run("rm new; echo other > new"),
        };

        var act = () => _folder.Files.WriteAsync("new", content);

        await act.Should().ThrowAsync<EndOfStreamException>();
        File.ReadAllText(_folder.PathOf("new")).Should().Be("other\n");
    }

    [Test]
    public async Task Cancelled_upload_removes_the_file_that_it_created()
    {
        using var cancellation = new CancellationTokenSource();
        var content = new PartialStream(new byte[FileUpload.BufferBytes * 2], 50_000, failsAtEnd: true)
        {
            BeforeFailure =
            cancellation.Cancel
        };

        var act = () => _folder.Files.WriteAsync("new", content, cancellationToken: cancellation.Token);

        await act.Should().ThrowAsync<Exception>();
        Directory.EnumerateFileSystemEntries(_folder.Root).Should().BeEmpty();
    }

    [TestCase("folder", FileErrorReason.IsADirectory)]
    [TestCase("folder/new/", FileErrorReason.IsADirectory)]
    [TestCase("", FileErrorReason.IsADirectory)]
    [TestCase("pipe", FileErrorReason.NotARegularFile)]
    [TestCase("/dev/null", FileErrorReason.NotARegularFile)]
    [TestCase("/dev/full", FileErrorReason.NotARegularFile)]
    [TestCase("dangling", FileErrorReason.NotFound)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    [TestCase("file/new", FileErrorReason.NotADirectory)]
    [CancelAfter(30_000)]
    public async Task What_is_not_a_regular_file_is_not_written(string path, FileErrorReason reason, CancellationToken token)
    {
        _folder.Run("mkdir folder; mkfifo pipe; ln -s nowhere dangling; ln -s loop loop; echo content > file");
        if (path.EndsWith('/')) path = _folder.PathOf(path);

        foreach (var isAtomic in (bool[])[false, true])
        {
            var options = new FileWriteOptions { IsAtomic = isAtomic };
            var write = () => _folder.Files.WriteAsync(path, TemporaryFolder.Content("x"), options, token).WaitAsync(token);
            (await TemporaryFolder.ReasonOf(write)).Should().Be(reason);
        }

        (await _folder.Files.ListAsync("", 2, token)).Select(entry =>
            entry.Name).Should().Equal("dangling", "file", "folder", "loop", "pipe");
        File.ReadAllText(_folder.PathOf("file")).Should().Be("content\n");
    }

    [Test]
    public async Task Program_that_is_running_is_not_written()
    {
        _folder.Run("cp /bin/sleep program; ./program 60 > /dev/null 2>&1 & echo $! > pid; until [ /proc/$!/exe -ef program ]; do :; done");
        try
        {
            (await TemporaryFolder.ReasonOf(() => _folder.Files.WriteAsync("program", TemporaryFolder.Content("x"))))
                .Should().Be(FileErrorReason.Busy);
        }
        finally
        {
            _folder.Run("kill $(cat pid)");
        }
    }

    public void Dispose() => _folder.Dispose();
}
