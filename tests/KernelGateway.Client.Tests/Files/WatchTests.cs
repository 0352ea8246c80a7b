using System.Threading.Channels;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Files;

[Platform("Linux", Reason = "The services of a sandbox are for Linux.")]
public sealed class WatchTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Callback_is_called_until_the_watch_is_stopped(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var events = Channel.CreateUnbounded<FileEvent>();
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new WatchOptions { Recursive = true, IncludeEntry = true, OnExit = ended.SetResult };
        var watch = await server.Sandbox.Files.WatchDirAsync(server.Folder, change => events.Writer.TryWrite(change), options, cancellationToken);

        await server.Sandbox.Files.WriteAsync(server.PathOf("a/b.txt"), "x", null, cancellationToken);
        FileEvent change;
        do change = await events.Reader.ReadAsync(cancellationToken); while (change is not { Name: "a/b.txt", Type: FileEventType.Write });
        await watch.StopAsync();
        await watch.DisposeAsync();

        change.Entry.Should().BeEquivalentTo(new { Path = server.PathOf("a/b.txt"), Size = 1L });
        (await ended.Task.WaitAsync(cancellationToken)).Should().BeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Exception_of_the_callback_ends_the_watch(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var watch = await server.Sandbox.Files.WatchDirAsync(
            server.Folder, _ => throw new InvalidOperationException("thrown by the callback"), new() { OnExit = ended.SetResult }, cancellationToken);

        await server.Sandbox.Files.WriteAsync(server.PathOf("a"), "x", null, cancellationToken);

        (await ended.Task.WaitAsync(cancellationToken)).Should().BeOfType<InvalidOperationException>();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Changes_are_enumerated(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        await using var changes = server.Sandbox.Files.WatchAsync(server.Folder, cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);
        var first = changes.MoveNextAsync().AsTask();

        // The watch begins with the first step; a directory is made anew until it is seen.
        for (var number = 0; !first.IsCompleted; number++) await server.Sandbox.Files.MakeDirAsync(server.PathOf($"{number}"), null, cancellationToken);

        (await first).Should().BeTrue();
        changes.Current.Should().BeEquivalentTo(new { Type = FileEventType.Create, Entry = (EntryInfo?)null });
    }

    [Test]
    public async Task What_cannot_be_watched_is_refused()
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;
        await files.WriteAsync(server.PathOf("a"), "");

        await files.Invoking(all => all.WatchDirAsync(server.PathOf("missing"), _ => { })).Should().ThrowAsync<SandboxFileNotFoundException>();
        await files.Invoking(all => all.WatchDirAsync(server.PathOf("a"), _ => { })).Should().ThrowAsync<SandboxArgumentException>();
        await files.Invoking(all => all.WatchDirAsync(server.Folder, _ => { }, new() { Timeout = TimeSpan.FromDays(30) }))
            .Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Watch_ends_at_its_time_limit(CancellationToken cancellationToken)
    {
        await using var server = await ServedSandbox.StartAsync();
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);

        await using var watch = await server.Sandbox.Files.WatchDirAsync(
            server.Folder, _ => { }, new() { Timeout = TimeSpan.FromSeconds(1), OnExit = ended.SetResult }, cancellationToken);

        (await ended.Task.WaitAsync(cancellationToken)).Should().BeOfType<SandboxTimeoutException>();
    }
}
