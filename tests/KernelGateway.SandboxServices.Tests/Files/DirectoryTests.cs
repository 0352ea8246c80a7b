using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Files;

/// <summary>Creating, moving and removing directories and files.</summary>
public sealed class DirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Test]
    public async Task Directory_is_made_with_its_parents()
    {
        var entry = await _folder.Files.MakeDirectoryAsync("a/b/c/");

        entry.Should().BeEquivalentTo(new
        {
            Name = "c",
            Path = _folder.PathOf("a/b/c"),
            Type = FileEntryType.Directory,
            Permissions = "drwxr-xr-x",
            Owner =
                _folder.User.Name,
        });
        (await _folder.Files.GetEntryAsync("a/b")).Permissions.Should().Be("drwxr-xr-x");
    }

    [Test]
    public async Task Each_new_level_belongs_to_the_user_and_existing_ones_keep_their_owner()
    {
        var files = _folder.FilesOfNobody(FileRights.Service);
        _folder.CreateFolder("mine");

        await files.MakeDirectoryAsync("mine/a/b");

        (await files.GetEntryAsync("mine")).Owner.Should().Be("root");
        (await files.GetEntryAsync("mine/a")).Owner.Should().Be("nobody");
        (await files.GetEntryAsync("mine/a/b")).Owner.Should().Be("nobody");
    }

    [Test]
    public async Task Directory_is_made_behind_a_link()
    {
        _folder.Run("mkdir real; ln -s real link");

        await _folder.Files.MakeDirectoryAsync("link/new");

        Directory.Exists(_folder.PathOf("real/new")).Should().BeTrue();
    }

    [TestCase("folder", FileErrorReason.AlreadyExists)]
    [TestCase("", FileErrorReason.AlreadyExists)]
    [TestCase("/", FileErrorReason.AlreadyExists)]
    [TestCase("link", FileErrorReason.AlreadyExists)]
    [TestCase("file", FileErrorReason.NotADirectory)]
    [TestCase("file/below", FileErrorReason.NotADirectory)]
    [TestCase("dangling/below", FileErrorReason.NotFound)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    public async Task Directory_is_not_made_over_what_is_there(string path, FileErrorReason reason)
    {
        _folder.Run("mkdir folder; touch file; ln -s folder link; ln -s nowhere dangling; ln -s loop loop");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.MakeDirectoryAsync(path))).Should().Be(reason);
    }

    [Test]
    public async Task Error_names_the_level_that_is_a_file()
    {
        _folder.Create("a/file");

        var act = () => _folder.Files.MakeDirectoryAsync("a/file/b/c");

        (await act.Should().ThrowAsync<SandboxFileException>()).WithMessage($"path is a file: {_folder.PathOf("a/file")}")
            .Which.Path.Should().Be(_folder.PathOf("a/file"));
    }

    [Test]
    public async Task File_is_moved_over_another_and_parents_are_made()
    {
        _folder.Create("a", "new");
        _folder.Create("x/b", "old");

        var moved = await _folder.Files.MoveAsync("a", "x/b");
        await _folder.Files.MoveAsync("x", "deep/er/y");

        moved.Should().BeEquivalentTo(new { Name = "b", Path = _folder.PathOf("x/b"), Size = 3L });
        File.ReadAllText(_folder.PathOf("deep/er/y/b")).Should().Be("new");
        File.Exists(_folder.PathOf("a")).Should().BeFalse();
    }

    [TestCase("missing", "new/x", FileErrorReason.NotFound)]
    [TestCase("file", "full", FileErrorReason.IsADirectory)]
    [TestCase("folder", "full", FileErrorReason.NotEmpty)]
    [TestCase("folder", "file", FileErrorReason.NotADirectory)]
    [TestCase("file", "folder/.", FileErrorReason.IsADirectory)]
    [TestCase("/", "x", FileErrorReason.InvalidPath)]
    [TestCase("file", "/dev/shm/sandbox-services-moved", FileErrorReason.CrossDevice)]
    public async Task Move_that_is_not_possible_is_refused_and_leaves_everything(
        string source, string destination, FileErrorReason reason)
    {
        _folder.Run("mkdir folder full; touch file full/x");
        if (reason == FileErrorReason.CrossDevice && !Directory.Exists("/dev/shm")) Assert.Ignore("There is no /dev/shm.");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.MoveAsync(source, destination))).Should().Be(reason);

        (await _folder.Files.ListAsync("", 2)).Select(entry => entry.Name).Should().Equal("file", "folder", "full", "x");
    }

    [Test]
    public async Task Directory_is_removed_with_everything_in_it()
    {
        _folder.Run("mkdir -p a/b/c a/d; touch a/1 a/b/2 a/b/c/3; ln -s 1 a/link; mkfifo a/pipe");
        _folder.Run("mkdir keep; touch keep/x; ln -s ../keep a/out");

        await _folder.Files.RemoveAsync("a/");

        (await _folder.Files.ListAsync("", 2)).Select(entry => entry.Name).Should().Equal("keep", "x");
    }

    [Test]
    public async Task Very_deep_directory_is_removed()
    {
        _folder.Run("mkdir -p deep$(printf '/d%.0s' {1..1000})");

        await _folder.Files.RemoveAsync("deep");

        Directory.Exists(_folder.PathOf("deep")).Should().BeFalse();
    }

    [TestCase("missing")]
    [TestCase("missing/below")]
    public async Task What_is_missing_is_removed_with_success(string path) =>
        (await TemporaryFolder.ReasonOf(() => _folder.Files.RemoveAsync(path))).Should().BeNull();

    [TestCase("/", FileErrorReason.InvalidPath)]
    [TestCase("/a/..", FileErrorReason.InvalidPath)]
    [TestCase("file/below", FileErrorReason.NotADirectory)]
    public async Task What_cannot_be_removed_is_refused(string path, FileErrorReason reason)
    {
        _folder.Create("file");

        (await TemporaryFolder.ReasonOf(() => _folder.Files.RemoveAsync(path))).Should().Be(reason);
    }

    [Test]
    public async Task Link_to_a_directory_is_removed_and_the_directory_stays()
    {
        _folder.Run("mkdir keep; touch keep/x; ln -s keep link");

        await _folder.Files.RemoveAsync("link");

        (await _folder.Files.ListAsync("", 2)).Select(entry => entry.Name).Should().Equal("keep", "x");
    }

    public void Dispose() => _folder.Dispose();
}
