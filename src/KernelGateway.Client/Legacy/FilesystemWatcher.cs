namespace KernelGateway.Client.Legacy;

/// <summary>Watches a directory: what is created, written, removed, moved and changed in it, but not below it.</summary>
public sealed class FilesystemWatcher : IAsyncDisposable
{
    private readonly SandboxSession _session;
    private readonly string _path;
    private readonly Lock _gate = new();
    private readonly List<Action<FilesystemEvent>> _listeners = [];
    private WatchHandle? _watch;

    internal FilesystemWatcher(SandboxSession session, string path)
    {
        _session = session;
        _path = path;
    }

    /// <summary>Adds a listener for the events that come from now on. It should be quick; if it throws, the watch ends.</summary>
    /// <param name="listener">The listener.</param>
    /// <returns>What removes it again when it is called.</returns>
    public Action AddEventListener(Action<FilesystemEvent> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_gate) _listeners.Add(listener);
        return () =>
        {
            lock (_gate) _listeners.Remove(listener);
        };
    }

    /// <summary>Starts it: the changes after this call are seen.</summary>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="FilesystemException">There is no such directory, or it cannot be watched.</exception>
    /// <exception cref="InvalidOperationException">It is started already.</exception>
    /// <exception cref="TimeoutException">The call took too long.</exception>
    public async Task StartAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (_watch is not null) throw new InvalidOperationException("The watcher is started already.");
        var watch = await _session.RunOnFilesAsync(
            $"Watching '{_path}'",
            timeout,
            (files, token) => files.WatchDirAsync(
                _path, Report, new WatchOptions { Timeout = Timeout.InfiniteTimeSpan, IncludeEntry = true }, token),
            cancellationToken).ConfigureAwait(false);
        await _session.KeepAsync(watch).ConfigureAwait(false);
        _watch = watch;
    }

    /// <summary>Stops it. After it, no listener is called.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _watch, null) is not { } watch) return;
        _session.Release(watch);
        await watch.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Stops it, as <see cref="StopAsync"/> does.</summary>
    public ValueTask DisposeAsync() => new(StopAsync());

    private void Report(FileEvent change)
    {
        Action<FilesystemEvent>[] listeners;
        lock (_gate) listeners = [.. _listeners];
        var reported = new FilesystemEvent(
            $"{_path.TrimEnd('/')}/{change.Name}",
            change.Name,
            change.Type,
            _session.Time.GetUtcNow(),
            change.Entry?.Type == FileType.Directory);
        foreach (var listener in listeners) listener(reported);
    }
}
