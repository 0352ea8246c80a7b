using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

public sealed class EntryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task File_is_described()
    {
        var path = _folder.Create("a.txt", "hello");
        _folder.Run("chmod 640 a.txt; touch -d '2001-02-03T04:05:06.7Z' a.txt");

        var entry = await _folder.Files.GetEntryAsync("a.txt");

        entry.Should().BeEquivalentTo(new
        {
            Name = "a.txt",
            Path = path,
            Type = FileEntryType.File,
            Size = 5L,
            Mode = 0x1A0,
            Permissions = "-rw-r-----",
            Owner = _folder.User.Name,
            OwnerId = _folder.User.UserId,
            SymlinkTarget = (string?)null,
            ModifiedTime = new DateTimeOffset(2001, 2, 3, 4, 5, 6, 700, TimeSpan.Zero),
        });
        entry.Metadata.Should().BeEmpty();
    }

    [TestCase("mkdir x; chmod 1777 x", FileEntryType.Directory, "dtrwxrwxrwx")]
    [TestCase("touch x; chmod 4755 x", FileEntryType.File, "urwxr-xr-x")]
    [TestCase("touch x; chmod 2711 x", FileEntryType.File, "grwx--x--x")]
    [TestCase("mkfifo -m 600 x", FileEntryType.Other, "prw-------")]
    public async Task Permissions_are_written_as_go_writes_them(string script, FileEntryType type, string permissions)
    {
        _folder.Run(script);

        var entry = await _folder.Files.GetEntryAsync("x");

        entry.Type.Should().Be(type);
        entry.Permissions.Should().Be(permissions);
    }

    [Test]
    public async Task Device_is_described()
    {
        var entry = await _folder.Files.GetEntryAsync("/dev/null");

        entry.Type.Should().Be(FileEntryType.Other);
        entry.Permissions.Should().Be("Dcrw-rw-rw-");
    }

    [Test]
    public async Task Root_directory_is_described()
    {
        var entry = await _folder.Files.GetEntryAsync("/");

        entry.Should().BeEquivalentTo(new { Name = "/", Path = "/", Type = FileEntryType.Directory });
    }

    [Test]
    public async Task Link_is_described_with_type_and_mode_of_its_final_target()
    {
        var target = _folder.Create("folder/target.txt");
        _folder.Run("chmod 600 folder/target.txt; ln -s folder direct; ln -s direct/target.txt link");

        var entry = await _folder.Files.GetEntryAsync("link");

        entry.Should().BeEquivalentTo(new
        {
            Name = "link",
            Path = _folder.PathOf("link"),
            Type = FileEntryType.File,
            Mode = 0x180,
            Permissions =
                "Lrwxrwxrwx",
            SymlinkTarget = target,
        });
    }

    [TestCase("ln -s nowhere x")]
    [TestCase("ln -s y x; ln -s x y")]
    public async Task Link_that_leads_nowhere_has_no_type_and_itself_as_target(string script)
    {
        _folder.Run(script);

        var entry = await _folder.Files.GetEntryAsync("x");

        entry.Should().BeEquivalentTo(new { Type = FileEntryType.Other, Mode = 0, SymlinkTarget = _folder.PathOf("x") });
        (await _folder.Files.ExistsAsync("x")).Should().BeTrue("the link itself exists");
    }

    [Test]
    public async Task Owner_without_a_name_is_shown_as_number()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can give a file to another user.");
        _folder.Run("touch x; chown 54321:54322 x");

        var entry = await _folder.Files.GetEntryAsync("x");

        entry.Should().BeEquivalentTo(new { Owner = "54321", Group = "54322", OwnerId = 54321u, GroupId = 54322u });
    }

    [Test]
    public async Task What_is_missing_is_reported_with_the_words_of_the_system()
    {
        var act = () => _folder.Files.GetEntryAsync("missing");

        var exception = (await act.Should().ThrowAsync<SandboxFileException>()).Which;
        exception.Reason.Should().Be(FileErrorReason.NotFound);
        exception.Path.Should().Be(_folder.PathOf("missing"));
        exception.SystemErrorText.Should().Be("no such file or directory");
        (await _folder.Files.ExistsAsync("missing")).Should().BeFalse();
    }

    [TestCase("file/x", FileErrorReason.NotADirectory)]
    [TestCase("loop/x", FileErrorReason.LinkLoop)]
    [TestCase("dangling/x", FileErrorReason.NotFound)]
    [TestCase("/proc/self/cwd/x", FileErrorReason.LinkLoop)]
    [TestCase("a\0b", FileErrorReason.InvalidPath)]
    [TestCase("~root/x", FileErrorReason.InvalidPath)]
    public async Task Path_that_cannot_be_followed_is_refused(string path, FileErrorReason reason)
    {
        _folder.Run("touch file; ln -s loop loop; ln -s nowhere dangling");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.GetEntryAsync(path))).Should().Be(reason);
        (await TemporaryFolder.ReasonOf(() => _folder.Files.OpenReadAsync(path))).Should().Be(reason);
    }

    [TestCase(256)]
    [TestCase(5000)]
    public async Task Name_that_is_too_long_is_refused(int length)
    {
        var name = new string('a', length);

        (await TemporaryFolder.ReasonOf(() => _folder.Files.GetEntryAsync(name))).Should().Be(FileErrorReason.PathTooLong);
        (await TemporaryFolder.ReasonOf(() => _folder.Files.MakeDirectoryAsync(name))).Should().Be(FileErrorReason.PathTooLong);
        (await TemporaryFolder.ReasonOf(() =>
            _folder.Files.WriteAsync(name, Stream.Null))).Should().Be(FileErrorReason.PathTooLong);
        Directory.EnumerateFileSystemEntries(_folder.Root).Should().BeEmpty();
    }

    public void Dispose() => _folder.Dispose();
}
