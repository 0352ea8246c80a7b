using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts.Attaching;

/// <summary>Tells when something happens in a directory, which need not exist yet and may be replaced by another.</summary>
/// <remarks>Notifications can be lost, and some systems send none; the caller must also poll.</remarks>
internal sealed partial class DirectoryWatch(string path, Action changed, ILogger logger) : IDisposable
{
    private readonly ILogger _logger = logger;
    private FileSystemWatcher? _watcher;
    private DateTime _watchedSince;
    private bool _hasFailed;

    /// <summary>
    /// Begins to watch the directory that exists now. Called before each comparison, so that no later change is missed.
    /// </summary>
    public void Renew()
    {
        var created = Directory.Exists(path) ? Directory.GetCreationTimeUtc(path) : default;
        if (created == _watchedSince) return;
        _watcher?.Dispose();
        _watcher = null;
        _watchedSince = created;
        if (created == default) return;
        try
        {
            _watcher = new FileSystemWatcher(path, "*.json") { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            _watcher.Created += (_, _) => changed();
            _watcher.Changed += (_, _) => changed();
            _watcher.Deleted += (_, _) => changed();
            _watcher.Renamed += (_, _) => changed();
            _watcher.Error += (_, _) => changed();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // The user's inotify instances are used up, or the directory has just gone.
            _watcher?.Dispose();
            _watcher = null;
            if (!_hasFailed) LogNotWatched(path, exception.Message);
            _hasFailed = true;
        }
    }

    public void Dispose() => _watcher?.Dispose();

    [LoggerMessage(4041, LogLevel.Warning, "Directory {Path} cannot be watched; it is polled every few seconds. {Problem}")]
    private partial void LogNotWatched(string path, string problem);
}
