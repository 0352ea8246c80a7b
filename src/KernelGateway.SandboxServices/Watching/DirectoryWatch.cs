using System.Runtime.CompilerServices;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>
/// A watched directory. Its events wait until they are taken, by <see cref="TakeEventsAsync"/> or <see cref="ReadAllAsync"/>;
/// each event is given once.
/// </summary>
public sealed class DirectoryWatch : IAsyncDisposable
{
    private static readonly uint[] NetworkFileSystems =
        [0x6969, 0xFF534D42, 0x517B, 0xFE534D42, 0x65735546]; // NFS, CIFS, SMB, SMB2, FUSE

    private readonly Lock _lock = new();
    private readonly FileIdentity _identity;
    private readonly WatchOptions _options;
    private readonly Func<DirectoryWatch, Task> _remove;
    private readonly WatchEventQueue _queue;
    private readonly WatchReader _reader;
    private Task? _ending;
    private bool _isEnded;

    private DirectoryWatch(
        FileIdentity identity,
        string path,
        WatchOptions options,
        Func<DirectoryWatch, Task> remove,
        SafeFileHandle inotify)
    {
        _identity = identity;
        _options = options;
        _remove = remove;
        Path = path;
        Inotify = inotify;
        _queue = new WatchEventQueue(path, options.MaxPendingEvents);
        var tree = new WatchTree(inotify, path);
        _reader = new WatchReader(inotify, tree, _queue, identity, options.IsRecursive);
        tree.WatchAll(options.IsRecursive);
    }

    /// <summary>Gets the absolute path of the directory, as it was asked for.</summary>
    public string Path { get; }

    internal SafeFileHandle Inotify { get; }

    /// <summary>Takes the events that have come since the last call, without waiting.</summary>
    /// <remarks>The kernel's events are read first: what happened before the call is in the result.</remarks>
    /// <param name="cancellationToken">Cancels the method before events are taken.</param>
    /// <exception cref="SandboxFileException">The watch has failed.</exception>
    public Task<IReadOnlyCollection<WatchEvent>> TakeEventsAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            Drain();
            var events = _queue.TakeAll();
            if (events.Count == 0) _queue.ThrowIfFailed();
            return Describe(events);
        },
        cancellationToken);

    /// <summary>Gives the events as they come, until the watch is disposed.</summary>
    /// <param name="cancellationToken">Ends the reading. The watch goes on.</param>
    /// <exception cref="SandboxFileException">The watch has failed.</exception>
    public async IAsyncEnumerable<WatchEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        do
        {
            var events = _queue.TakeAll();
            if (events.Count > 0 && _options.IncludesEntries)
                events = await Task.Run(() => Describe(events), cancellationToken).ConfigureAwait(false);
            foreach (var happened in events) yield return happened;
        }
        while (await _queue.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Ends the watch. Events that nobody has taken can still be taken.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_ending ??= EndAsync());
    }

    /// <summary>Opens a directory and watches it.</summary>
    /// <exception cref="SandboxFileException">It cannot be watched.</exception>
    internal static DirectoryWatch Create(
        FileIdentity identity, string path, WatchOptions options, Func<DirectoryWatch, Task> remove)
    {
        using var root = DirectoryMaker.Open(path);
        SafeFileHandle? inotify = null;
        try
        {
            if (!options.AllowsNetworkMounts && NetworkFileSystems.Contains(LibC.GetFileSystemType(root)))
            {
                throw new SandboxFileException(
                    FileErrorReason.NetworkFileSystem, path, $"cannot watch path on network filesystem: {path}");
            }

            inotify = Native.Inotify.Create(out var error);
            if (inotify is null)
            {
                throw error is ErrorNumber.TooManyOpen
                    ? new SandboxFileException(
                        FileErrorReason.LimitReached,
                        path,
                        $"'{path}' cannot be watched: the limit of inotify instances or open files of the user is reached.")
                    : SandboxFileException.Create(error, path);
            }

            return new DirectoryWatch(identity, path, options, remove, inotify);
        }
        catch
        {
            inotify?.Dispose();
            throw;
        }
    }

    /// <summary>Reads what the kernel has. Called by the thread of all watches, and by whoever takes events.</summary>
    internal void Drain()
    {
        lock (_lock)
        {
            if (_isEnded) return;
            try
            {
                _reader.Drain();
            }
            catch (Exception exception)
            {
                // The thread serves other watches too. The readers of this one get the failure.
                _isEnded = true;
                _queue.Complete(exception);
                // The descriptor stays readable, so the thread must not wait for it any more.
                _ending ??= EndAsync();
            }
        }
    }

    private async Task EndAsync()
    {
        // The thread may be waiting for the descriptor, which must not be closed then.
        await _remove(this).ConfigureAwait(false);
        lock (_lock) _isEnded = true;
        _queue.Complete();
        Inotify.Dispose();
    }

    private IReadOnlyCollection<WatchEvent> Describe(IReadOnlyCollection<WatchEvent> events)
    {
        if (!_options.IncludesEntries || events.Count == 0) return events;
        return _identity.Run(() =>
        {
            var reader = new EntryReader();
            return events.Select(happened => happened with { Entry = TryDescribe(reader, happened) }).ToArray();
        });
    }

    private static FileEntry? TryDescribe(EntryReader reader, WatchEvent happened)
    {
        if (happened.Kind is not (WatchEventKind.Create or WatchEventKind.Write or WatchEventKind.Chmod)) return null;
        try
        {
            return reader.Read(happened.Path);
        }
        catch (SandboxFileException)
        {
            // It is gone, or out of reach, as the documentation of the entry says.
            return null;
        }
    }
}
