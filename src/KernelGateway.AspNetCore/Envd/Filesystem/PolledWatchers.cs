using System.Collections.Concurrent;
using System.Security.Cryptography;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.SandboxServices.Watching;

namespace KernelGateway.AspNetCore.Envd.Filesystem;

/// <summary>The watches whose clients ask for events, which outlive their requests.</summary>
internal sealed class PolledWatchers(TimeProvider time)
{
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int RandomCharacters = 20;

    // A client that has gone does not remove its watch, and the system allows a user few of them.
    private static readonly TimeSpan LongestIdleTime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, PolledWatcher> _watchers = new();

    /// <summary>Adds a watch and gives its id.</summary>
    public async Task<string> AddAsync(DirectoryWatch watch)
    {
        foreach (var (abandoned, watcher) in _watchers)
        {
            if (time.GetElapsedTime(watcher.LastPoll) > LongestIdleTime) await TryRemoveAsync(abandoned);
        }

        var id = $"w{RandomNumberGenerator.GetString(Characters, RandomCharacters)}";
        _watchers[id] = new PolledWatcher(watch) { LastPoll = time.GetTimestamp() };
        return id;
    }

    /// <summary>Takes the events of a watch.</summary>
    /// <exception cref="ConnectException">There is no such watch, or it has lost events.</exception>
    public async Task<IReadOnlyList<WatchEvent>> TakeAsync(string id, CancellationToken cancellationToken)
    {
        var watcher = Find(id);
        watcher.LastPoll = time.GetTimestamp();
        if (watcher.HasLostEvents) throw LostEvents(watcher.Watch);
        var events = await watcher.Watch.TakeEventsAsync(cancellationToken);
        var known = events.TakeWhile(happened => happened.Kind != WatchEventKind.Overflow).ToArray();
        if (known.Length == events.Count) return known;

        // What was seen before is given; the error comes with the next call.
        watcher.HasLostEvents = true;
        return known.Length > 0 ? known : throw LostEvents(watcher.Watch);
    }

    /// <summary>Ends a watch.</summary>
    /// <exception cref="ConnectException">There is no such watch.</exception>
    public async Task RemoveAsync(string id)
    {
        if (!await TryRemoveAsync(id)) throw NotFound(id);
    }

    /// <summary>The error of a watch from which events are missing: E2B's clients know no event for it.</summary>
    public static ConnectException LostEvents(DirectoryWatch watch) => new(
        ConnectCode.Internal, $"events of {watch.Path} were lost; list the directory and watch it again");

    private PolledWatcher Find(string id) => _watchers.TryGetValue(id, out var watcher) ? watcher : throw NotFound(id);

    private async Task<bool> TryRemoveAsync(string id)
    {
        if (!_watchers.TryRemove(id, out var watcher)) return false;
        await watcher.Watch.DisposeAsync();
        return true;
    }

    private static ConnectException NotFound(string id) => new(ConnectCode.NotFound, $"watcher with id {id} not found");

    private sealed class PolledWatcher(DirectoryWatch watch)
    {
        public DirectoryWatch Watch => watch;

        public long LastPoll { get; set; }

        public bool HasLostEvents { get; set; }
    }
}
