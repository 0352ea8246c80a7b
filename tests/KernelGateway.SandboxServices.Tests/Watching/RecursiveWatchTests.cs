using FluentAssertions;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Watching;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Watching;

/// <summary>Watches of directory trees.</summary>
public sealed class RecursiveWatchTests : IAsyncDisposable
{
    private static readonly WatchOptions Recursive = new() { IsRecursive = true };

    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryWatcher _watcher = new();

    [Test]
    public async Task New_directory_and_an_upload_into_it_are_both_seen()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive);

        await _folder.Files.MakeDirectoryAsync("new");
        await _folder.Files.WriteAsync("new/file", TemporaryFolder.Content("x"));

        (await EventsOf(watch)).Should().ContainInOrder("Create new", "Create new/file", "Write new/file");
    }

    [Test]
    public async Task What_came_into_a_new_tree_before_it_was_watched_is_seen_once()
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive);

        _folder.Run("mkdir -p a/b/c; echo x > a/b/c/deep; touch a/empty");

        var events = await EventsOf(watch);
        events.Should().ContainInOrder("Create a", "Create a/b", "Create a/b/c", "Create a/b/c/deep", "Write a/b/c/deep");
        events.Where(text => text.StartsWith("Create ")).Should().OnlyHaveUniqueItems().And.Contain("Create a/empty");
        events.Should().NotContain("Write a/empty");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Nothing_is_missed_and_nothing_is_seen_twice_while_a_tree_grows(CancellationToken token)
    {
        // In some rounds the watch thread finds the new directories first, in others the reader of the events does.
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive, token);
        var expected = new List<string>();
        for (var round = 0; round < 30; round++)
        {
            for (var inner = 0; inner < 10; inner++)
            {
                _folder.Create($"{round}/{inner}/file", "x");
                expected.Add($"Create {round}/{inner}");
                expected.Add($"Create {round}/{inner}/file");
            }

            expected.Add($"Create {round}");
        }

        var events = await EventsOf(watch);

        events.Where(text => text.StartsWith("Create ")).Should().BeEquivalentTo(expected);
        events.Where(text => text.StartsWith("Write ")).Distinct().Should().HaveCount(300);
    }

    [Test]
    public async Task Existing_directories_are_watched_at_every_depth()
    {
        _folder.Run("mkdir -p a/b/c d; ln -s /usr link");
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive);

        _folder.Run("touch a/b/c/x d/y");

        (await EventsOf(watch)).Where(text => text.StartsWith("Create ")).Should().Equal("Create a/b/c/x", "Create d/y");
    }

    [Test]
    public async Task Directory_that_moves_inside_the_tree_is_watched_at_its_new_place()
    {
        _folder.Run("mkdir -p a/inner b; touch a/inner/old");
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive);

        _folder.Run("mv a b/c; ln b/c/inner/old b/c/inner/new");

        (await EventsOf(watch)).Should().Equal("Rename a", "Create b/c", "Create b/c/inner/new");
    }

    [Test]
    public async Task Directory_that_moves_out_is_not_watched_any_more()
    {
        _folder.Run("mkdir -p tree/a/inner outside");
        var watch = await _watcher.WatchAsync(_folder.Files, "tree", Recursive);

        _folder.Run("mv tree/a outside/");
        var moved = await EventsOf(watch);
        _folder.Run("touch outside/a/x outside/a/inner/y");

        moved.Should().Equal("Rename a");
        (await EventsOf(watch)).Should().BeEmpty();
    }

    [Test]
    public async Task Content_of_a_directory_that_moves_in_is_reported_and_watched()
    {
        _folder.Run("mkdir -p tree outside/a/inner; echo x > outside/a/inner/file");
        var watch = await _watcher.WatchAsync(_folder.Files, "tree", Recursive);

        _folder.Run("mv outside/a tree/");
        var moved = await EventsOf(watch);
        _folder.Run("mkdir tree/a/inner/more");

        moved.Should().Equal("Create a", "Create a/inner", "Create a/inner/file", "Write a/inner/file");
        (await EventsOf(watch)).Should().Equal("Create a/inner/more");
    }

    [Test]
    public async Task Removal_of_a_tree_is_reported_once_for_each_name()
    {
        _folder.Run("mkdir -p a/b; touch a/b/c");
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive);

        _folder.Run("rm -r a; mkdir a; touch a/new");

        (await EventsOf(watch)).Where(text => !text.StartsWith("Chmod "))
            .Should().Equal("Remove a/b/c", "Remove a/b", "Remove a", "Create a", "Create a/new");
    }

    [Test]
    [CancelAfter(60_000)]
    [Category("Slow")]
    public async Task Tree_of_ten_thousand_directories_is_watched(CancellationToken token)
    {
        _folder.Run("mkdir -p {0..99}/{0..99}");
        // The system limit may be lower than the number of watches that this test needs.
        if (int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_user_watches", token)) < 20_000)
            Assert.Ignore("The system allows too few watches.");

        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var watch = await _watcher.WatchAsync(_folder.Files, "", Recursive, token);
        TestContext.Out.WriteLine($"armed in {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds} ms");
        _folder.Run("mkdir 99/99/new; mkdir 0/0/new");

        (await EventsOf(watch)).Should().Equal("Create 99/99/new", "Create 0/0/new");
    }

    private static async Task<string[]> EventsOf(DirectoryWatch watch) =>
        [.. (await watch.TakeEventsAsync()).Select(happened => $"{happened.Kind} {happened.Name}")];

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _folder.Dispose();
    }
}
