using FluentAssertions;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Watching;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Watching;

/// <summary>Event streams, overflow, and the end of watches.</summary>
[CancelAfter(60_000)]
public sealed class WatchLifeTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryWatcher _watcher = new();

    [Test]
    public async Task Stream_gives_events_as_they_come(CancellationToken token)
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", new WatchOptions { IncludesEntries = true }, token);
        await using var events = watch.ReadAllAsync(token).GetAsyncEnumerator(token);

        var first = events.MoveNextAsync();
        first.IsCompleted.Should().BeFalse("no event has happened");
        _folder.CreateFolder("a");

        (await first).Should().BeTrue();
        events.Current.Should().BeEquivalentTo(new { Kind = WatchEventKind.Create, Name = "a", Entry = new { Name = "a" } });
        _folder.CreateFolder("b");
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.Name.Should().Be("b");
    }

    [Test]
    public async Task Reading_that_is_cancelled_leaves_the_watch_alive(CancellationToken token)
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", cancellationToken: token);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
        var reading = ReadAllAsync(watch, cancellation.Token);

        await cancellation.CancelAsync();
        await reading.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        _folder.CreateFolder("a");

        (await watch.TakeEventsAsync(token)).Should().ContainSingle();
    }

    [Test]
    public async Task Stream_ends_after_its_last_events_when_the_watch_ends(CancellationToken token)
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", cancellationToken: token);
        var reading = ReadAllAsync(watch, token);
        _folder.CreateFolder("a");
        watch.Drain();

        await watch.DisposeAsync();

        (await reading).Should().ContainSingle();
        (await watch.TakeEventsAsync(token)).Should().BeEmpty();
    }

    [Test]
    public async Task Events_that_find_no_room_are_one_overflow_and_later_ones_come_again(CancellationToken token)
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", new WatchOptions { MaxPendingEvents = 3 }, token);

        _folder.Run("mkdir 1 2 3 4 5");
        var cut = await watch.TakeEventsAsync(token);
        _folder.Run("mkdir 6");

        cut.Select(happened => happened.Kind).Should().Equal(
            WatchEventKind.Create, WatchEventKind.Create, WatchEventKind.Create, WatchEventKind.Overflow);
        (await watch.TakeEventsAsync(token)).Select(happened => happened.Name).Should().Equal("6");
    }

    [Test]
    public void Queue_that_is_full_says_so_once()
    {
        var queue = new WatchEventQueue("/root", 1);

        foreach (var name in (string[])["a", "b", "c"]) queue.Add(WatchEventKind.Create, name);

        queue.TakeAll().Select(happened => (happened.Kind, happened.Path)).Should().Equal(
            (WatchEventKind.Create, "/root/a"), (WatchEventKind.Overflow, "/root"));
    }

    [Test]
    [Category("Slow")]
    public async Task Overflow_of_the_kernel_is_an_event_and_missed_directories_are_watched_again(CancellationToken token)
    {
        var limit = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events", token));
        if (limit > 100_000) Assert.Ignore("The kernel keeps too many events to fill its queue.");
        // A separate watch whose events no thread reads.
        await using var watch = DirectoryWatch.Create(
            _folder.Files.Identity, _folder.Root, new WatchOptions { IsRecursive = true }, _ => Task.CompletedTask);

        _folder.Run($"for i in $(seq {limit + 10}); do : > $i; done; mkdir missed");
        var flood = await watch.TakeEventsAsync(token);
        _folder.Run("mkdir missed/inside");

        flood.Last().Kind.Should().Be(WatchEventKind.Overflow);
        (await watch.TakeEventsAsync(token)).Select(happened => happened.Name).Should().Equal("missed/inside");
    }

    [Test]
    public async Task Ended_watches_leave_no_thread_and_no_descriptor(CancellationToken token)
    {
        var watches = new List<DirectoryWatch>();
        for (var i = 0; i < 20; i++) watches.Add(await _watcher.WatchAsync(_folder.Files, "", cancellationToken: token));
        _watcher.IsRunning.Should().BeTrue();

        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
            await watch.DisposeAsync();
        }

        _watcher.IsRunning.Should().BeFalse();
        watches.Should().OnlyContain(watch => watch.Inotify.IsClosed);
        OpenDescriptors.Below(_folder.Root).Should().BeEmpty();
        await _watcher.WatchAsync(_folder.Files, "", cancellationToken: token);
        _watcher.IsRunning.Should().BeTrue("the thread is started again");
    }

    [Test]
    public async Task Disposed_watcher_ends_its_watches_and_takes_no_more(CancellationToken token)
    {
        var watch = await _watcher.WatchAsync(_folder.Files, "", cancellationToken: token);

        await _watcher.DisposeAsync();

        watch.Inotify.IsClosed.Should().BeTrue();
        var again = () => _watcher.WatchAsync(_folder.Files, "", cancellationToken: token);
        await again.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Busy_watch_does_not_take_events_from_another(CancellationToken token)
    {
        _folder.Run("mkdir busy quiet");
        var busy = await _watcher.WatchAsync(_folder.Files, "busy", new WatchOptions { MaxPendingEvents = 1 }, token);
        var quiet = await _watcher.WatchAsync(_folder.Files, "quiet", cancellationToken: token);

        _folder.Run("for i in $(seq 2000); do : > busy/$i; done; mkdir quiet/x");

        (await quiet.TakeEventsAsync(token)).Select(happened => happened.Name).Should().Equal("x");
        (await busy.TakeEventsAsync(token)).Last().Kind.Should().Be(WatchEventKind.Overflow);
    }

    private static async Task<List<WatchEvent>> ReadAllAsync(DirectoryWatch watch, CancellationToken cancellationToken)
    {
        var events = new List<WatchEvent>();
        await foreach (var happened in watch.ReadAllAsync(cancellationToken)) events.Add(happened);
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _folder.Dispose();
    }
}
