using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts.Attaching;

/// <summary>Attaches the kernels whose connection files are in a directory as contexts, for as long as the files exist.</summary>
/// <remarks>
/// One loop compares the files with the attached kernels, after each notification and every few seconds. The loop does not wait:
/// slow work belongs to one file (<see cref="ConnectionFileWatch"/>) and calls the loop when it is done.
/// </remarks>
internal sealed partial class ConnectionDirectory : IAsyncDisposable
{
    // Notifications can be lost, and those of some file systems never come.
    private static readonly TimeSpan RescanInterval = TimeSpan.FromSeconds(10);

    // There is no notification when a missing directory is created.
    private static readonly TimeSpan AbsenceInterval = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly ContextManager _contexts;
    private readonly Func<string, bool> _isOwnKey;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _reachLimit;
    private readonly CancellationTokenSource _stopping = new();

    private readonly WakeSignal _signal = new();

    // These belong to the loop.
    private readonly Dictionary<string, ConnectionFileWatch> _files = new(StringComparer.Ordinal);
    private bool _isAbsent;
    private string? _lastFailure;
    private Task _looking = Task.CompletedTask;

    public ConnectionDirectory(
        string path, ContextManager contexts, Func<string, bool> isOwnKey, TimeSpan reachLimit, TimeProvider time, ILogger logger)
    {
        _path = Path.GetFullPath(path);
        _contexts = contexts;
        _isOwnKey = isOwnKey;
        _reachLimit = reachLimit;
        _time = time;
        _logger = logger;
    }

    public void Start()
    {
        using (ExecutionContext.SuppressFlow()) _looking = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
        await Task.WhenAll(_files.Values.Select(file => file.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        using var watch = new DirectoryWatch(_path, _signal.Set, _logger);
        try
        {
            while (true) await WaitAsync(LookGuarded(watch)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The gateway stops; these contexts are removed with all others.
        }
    }

    // A failure must not keep later kernels from being found.
    private TimeSpan LookGuarded(DirectoryWatch watch)
    {
        try
        {
            watch.Renew();
            var next = Look();
            _lastFailure = null;
            return next;
        }
        catch (Exception exception)
        {
            // Once for each new problem: it is looked again every few seconds.
            if (_lastFailure != exception.Message) LogFailed(_path, exception);
            _lastFailure = exception.Message;
            return AbsenceInterval;
        }
    }

    /// <summary>Compares, and returns when to compare again if there is no notification before.</summary>
    private TimeSpan Look()
    {
        if (Enumerate() is not { } stamps) return AbsenceInterval;
        var now = _time.GetTimestamp();
        var next = _isAbsent ? AbsenceInterval : RescanInterval;
        foreach (var path in stamps.Keys.Except(_files.Keys).ToArray())
        {
            _files[path] = new ConnectionFileWatch(path, _contexts, _isOwnKey, _reachLimit, _time, _signal.Set, _logger);
        }

        foreach (var (path, file) in _files.ToArray())
        {
            var due = file.Compare(stamps.GetValueOrDefault(path), now);
            if (due < next) next = due.Value;
            if (file.IsOver) _files.Remove(path);
        }

        return next;
    }

    private Dictionary<string, ConnectionFileStamp>? Enumerate()
    {
        var stamps = new Dictionary<string, ConnectionFileStamp>(StringComparer.Ordinal);
        try
        {
            foreach (var file in new DirectoryInfo(_path).EnumerateFiles("*.json"))
            {
                if (file.Exists) stamps[file.FullName] = new ConnectionFileStamp(file.LastWriteTimeUtc, file.Length);
            }

            if (_isAbsent) LogPresent(_path);
            _isAbsent = false;
            return stamps;
        }
        catch (DirectoryNotFoundException)
        {
            // The program that starts the kernels creates the directory with its access rights. Until then there are no files.
            if (!_isAbsent) LogAbsent(_path);
            _isAbsent = true;
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file was deleted while it was read, or the directory cannot be read at the moment: attached kernels stay
            // attached.
            LogUnreadable(_path, exception.Message);
            return null;
        }
    }

    private async Task WaitAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token);
        try
        {
            await _signal.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // The interval has passed without a notification.
        }
    }

    [LoggerMessage(4042, LogLevel.Warning, "The connection directory {Path} does not exist yet.")]
    private partial void LogAbsent(string path);

    [LoggerMessage(4043, LogLevel.Information, "The connection directory {Path} exists now.")]
    private partial void LogPresent(string path);

    [LoggerMessage(4045, LogLevel.Error, "Reading the connection directory {Path} failed; the attempt is repeated every few seconds.")]
    private partial void LogFailed(string path, Exception exception);

    [LoggerMessage(4044, LogLevel.Warning, "The connection directory {Path} cannot be read: {Problem}")]
    private partial void LogUnreadable(string path, string problem);
}
