using KernelGateway.SandboxServices.Files;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>Watches directories with inotify. All watches of one object share one thread. Linux only.</summary>
/// <remarks>
/// Each watch has an inotify instance of its own, so that a busy directory does not take events from the other watches. The
/// system allows a user 128 of them by default (<c>/proc/sys/fs/inotify/max_user_instances</c>).
/// </remarks>
public sealed class DirectoryWatcher : IAsyncDisposable
{
    private readonly WatchLoop _loop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<DirectoryWatch> _watches = [];
    private bool _isDisposed;

    /// <summary>Gets whether the thread exists.</summary>
    internal bool IsRunning => _loop.IsRunning;

    /// <summary>Begins to watch a directory. When the method returns, the directory is watched.</summary>
    /// <param name="files">The files of the user for whom the directory is watched.</param>
    /// <param name="path">The path. Through a symbolic link, the directory behind it is watched.</param>
    /// <param name="options">How it is watched.</param>
    /// <param name="cancellationToken">Cancels the method before it begins.</param>
    /// <returns>The watch, which lasts until it or this object is disposed.</returns>
    /// <exception cref="SandboxFileException">
    /// Among others: NotFound, NotADirectory, NetworkFileSystem, PermissionDenied (which takes the right to read the directory),
    /// LimitReached.
    /// </exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public async Task<DirectoryWatch> WatchAsync(
        SandboxFiles files, string path, WatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new WatchOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPendingEvents, 1, nameof(options));
        var resolved = files.ResolvePath(path);
        var watch = await files.Identity
            .RunAsync(() =>
                DirectoryWatch.Create(files.Identity, resolved, options, Remove), cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                _loop.Add(watch);
                _watches.Add(watch);
            }

            return watch;
        }
        catch
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends all watches and the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        DirectoryWatch[] left;
        lock (_lock)
        {
            _isDisposed = true;
            left = [.. _watches];
        }

        foreach (var watch in left) await watch.DisposeAsync().ConfigureAwait(false);
    }

    private Task Remove(DirectoryWatch watch)
    {
        lock (_lock) _watches.Remove(watch);
        return _loop.RemoveAsync(watch);
    }
}
