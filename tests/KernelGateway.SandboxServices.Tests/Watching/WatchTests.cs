using FluentAssertions;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Watching;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Watching;

/// <summary>The exact events of one directory.</summary>
public sealed class WatchTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryWatcher _watcher = new();

    [Test]
    public async Task Upload_of_a_new_small_file_makes_exactly_create_chmod_and_write()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "");

        await _folder.Files.WriteAsync("file", new PartialStream(new byte[100_000], 1_000));

        (await EventsOf(watch)).Should().Equal("Create file", "Chmod file", "Write file");
    }

    [Test]
    public async Task Upload_over_an_existing_file_makes_exactly_chmod_and_write()
    {
        _folder.Create("file", "former");
        // No thread reads the events, so that truncating and writing the file is one event.
        await using var watch = DirectoryWatch.Create(_folder.Files.Identity, _folder.Root, new WatchOptions(), _ =>
            Task.CompletedTask);

        await _folder.Files.WriteAsync("file", TemporaryFolder.Content("new"));

        (await EventsOf(watch)).Should().Equal("Chmod file", "Write file");
    }

    [Test]
    public async Task Upload_of_an_empty_file_makes_no_write()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "");

        await _folder.Files.WriteAsync("file", Stream.Null);

        (await EventsOf(watch)).Should().Equal("Create file", "Chmod file");
    }

    [Test]
    public async Task Atomic_upload_makes_the_target_appear_with_its_content()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "");

        await _folder.Files.WriteAsync("file", TemporaryFolder.Content("new"), new FileWriteOptions { IsAtomic = true });

        var events = await EventsOf(watch);
        events[^1].Should().Be("Create file");
        events.SkipLast(1).Should().OnlyContain(text => text.Contains(" .upload-"));
    }

    [TestCase("echo x > new", "Create new", "Write new")]
    [TestCase("echo x >> a", "Write a")]
    [TestCase("chmod 600 a", "Chmod a")]
    [TestCase("rm a", "Remove a")]
    [TestCase("mv a b", "Rename a", "Create b")]
    [TestCase("mv a folder/", "Rename a")]
    [TestCase("mv folder/inside .", "Create inside")]
    [TestCase("cat a")]
    [TestCase("touch folder/below")]
    [TestCase("mkdir new; rmdir new", "Create new", "Remove new")]
    [TestCase("ln -s a link", "Create link")]
    [TestCase("touch $'caf\\xe9'; rm $'caf\\xe9'", "Create caf\uEFE9", "Chmod caf\uEFE9", "Remove caf\uEFE9")]
    public async Task Operation_makes_its_events(string script, params string[] expected)
    {
        _folder.Run("touch a; mkdir folder; touch folder/inside");
        var watch = await _watcher.WatchAsync(_folder.Files, "");

        _folder.Run(script);

        (await EventsOf(watch)).Should().Equal(expected);
    }

    [Test]
    public async Task Removal_of_the_directory_itself_is_reported_with_a_dot()
    {
        _folder.CreateFolder("folder");
        var watch = await _watcher.WatchAsync(_folder.Files, "folder");

        _folder.Run("chmod 700 folder; mv folder moved; rmdir moved");

        (await EventsOf(watch)).Should().Equal("Chmod .", "Rename .", "Remove .");
    }

    [Test]
    public async Task Directory_behind_a_link_is_watched_by_the_path_of_the_link()
    {
        _folder.Run("mkdir real; ln -s real link");
        var watch = await _watcher.WatchAsync(_folder.Files, "link");

        _folder.Run("touch real/file");

        (await watch.TakeEventsAsync()).Should().OnlyContain(happened => happened.Path == _folder.PathOf("link/file"));
    }

    [Test]
    public async Task Entries_are_there_for_what_still_exists_if_they_are_wanted()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", new WatchOptions { IncludesEntries = true });

        _folder.Run("echo hello > stays; touch gone; rm gone");

        var events = await watch.TakeEventsAsync();
        events.Where(happened =>
            happened.Name == "gone").Should().NotBeEmpty().And.OnlyContain(happened => happened.Entry == null);
        events.Where(happened =>
            happened.Name == "stays").Should().NotBeEmpty().And.OnlyContain(happened => happened.Entry!.Size == 6);
    }

    [TestCase("missing", FileErrorReason.NotFound)]
    [TestCase("file", FileErrorReason.NotADirectory)]
    [TestCase("file/below", FileErrorReason.NotADirectory)]
    [TestCase("loop", FileErrorReason.LinkLoop)]
    public async Task What_is_not_a_directory_is_not_watched(string path, FileErrorReason reason)
    {
        _folder.Run("touch file; ln -s loop loop");

        (await TemporaryFolder.ReasonOf(() => _watcher.WatchAsync(_folder.Files, path))).Should().Be(reason);
        _watcher.IsRunning.Should().BeFalse();
    }

    [Test]
    public async Task Directory_that_the_user_may_not_read_is_not_watched()
    {
        var files = _folder.FilesOfNobody();
        _folder.Run("mkdir secret; chmod 711 secret");

        (await TemporaryFolder.ReasonOf(() => _watcher.WatchAsync(files, "secret"))).Should().NotBeNull();
        (await _watcher.WatchAsync(files, "")).Should().NotBeNull();
    }

    private static async Task<string[]> EventsOf(DirectoryWatch watch) =>
        [.. (await watch.TakeEventsAsync()).Select(happened => $"{happened.Kind} {happened.Name}")];

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _folder.Dispose();
    }
}
