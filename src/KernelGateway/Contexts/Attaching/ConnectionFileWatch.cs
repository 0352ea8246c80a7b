using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts.Attaching;

/// <summary>One connection file, and the context of its kernel while there is one.</summary>
/// <remarks>
/// <see cref="Compare"/> is called by the directory's loop only. It starts at most one task at a time. Changes during the task
/// are seen by the next comparison, which the end of the task requests.
/// </remarks>
internal sealed partial class ConnectionFileWatch(
    string path, ContextManager contexts, Func<string, bool> isOwnKey, TimeSpan reachLimit, TimeProvider time, Action changed, ILogger logger)
    : IKernelObserver, IAsyncDisposable
{
    // A file may exist before it is complete, and before its kernel listens: that is not logged.
    private const int FailuresBeforeLog = 4;
    private const int MaxDoublings = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    // The owner may write the file again when it restarts the kernel: ipykernel removes the file when it exits.
    private static readonly TimeSpan AbsenceGrace = TimeSpan.FromSeconds(2);

    private readonly string _id = ConnectionFileId.Create(path);
    private readonly ILogger _logger = logger;
    private ConnectionFileStamp? _stamp;
    private CodeContext? _context;
    private AttachedKernelSource? _source;
    private IDisposable? _observation;
    private Task _work = Task.CompletedTask;
    private CancellationTokenSource? _attempt;
    private long _pauseStart;
    private TimeSpan _pause;
    private long? _absentSince;
    private int _failures;

    // The context was removed, or this gateway started the kernel: the file is ignored until it is written again.
    private bool _isLeftAlone;

    /// <summary>Gets a value indicating whether the file and its context are gone.</summary>
    public bool IsOver => _stamp is null && _context is null && _work.IsCompleted;

    /// <summary>Compares the file with the context and starts the task that is needed.</summary>
    /// <param name="stamp">The file as it is now; null when it does not exist.</param>
    /// <param name="now">The time, as a timestamp of the clock: the wall clock may be changed.</param>
    /// <returns>When to compare again; null when the end of a task will request it.</returns>
    public TimeSpan? Compare(ConnectionFileStamp? stamp, long now)
    {
        var hasChanged = stamp != _stamp;
        if (!_work.IsCompleted)
        {
            // What it tries to attach is out of date.
            if (hasChanged) _ = _attempt?.CancelAsync();
            return null;
        }

        if (_context is { } context)
        {
            if (context.Kernel.State == KernelState.ShutDown) LetGo();
            else return CompareAttached(context, stamp, hasChanged, now);
        }

        if (hasChanged)
        {
            _stamp = stamp;
            _isLeftAlone = false;
            _failures = 0;
            _pause = TimeSpan.Zero;
        }

        if (stamp is null || _isLeftAlone) return null;
        var waited = time.GetElapsedTime(_pauseStart, now);
        if (waited < _pause) return _pause - waited;
        Begin(AttachAsync);
        return null;
    }

    /// <summary>Cancels the work in progress; the context stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_attempt is not null) await _attempt.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _attempt?.Dispose();
        _observation?.Dispose();
    }

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        // Only the kernel's end is of interest.
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        if (state is KernelState.Dead or KernelState.ShutDown) changed();
    }

    private TimeSpan? CompareAttached(CodeContext context, ConnectionFileStamp? stamp, bool hasChanged, long now)
    {
        _absentSince = stamp is null ? _absentSince ?? now : null;
        if (_absentSince is { } since
            && time.GetElapsedTime(since, now) is var absent
            && absent < AbsenceGrace
            && context.Kernel.State != KernelState.Dead) return AbsenceGrace - absent;
        _stamp = stamp;
        if (stamp is null) Begin(_ => EndAsync(context, "the connection file was removed"));
        else if (hasChanged) Begin(token => FollowAsync(context, token));
        else if (context.Kernel.State == KernelState.Dead) Begin(_ => EndAsync(context, context.Kernel.LastFailure ?? "it ended"));
        return null;
    }

    private void Begin(Func<CancellationToken, Task> work)
    {
        _attempt = new CancellationTokenSource();
        _work = DoAsync(work, _attempt.Token);

        // Only after the work has completed: an earlier comparison would see it in progress, and no other would follow.
        _ = _work.ContinueWith(_ => changed(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task DoAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        // Not on the directory's loop.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await work(cancellationToken).ConfigureAwait(false);
            _failures = 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The file has changed, or the gateway stops.
        }
        catch (Exception exception)
        {
            // The file, the kernel or a limit of the gateway is the cause; the next attempt may succeed.
            var pause = FirstPause * Math.Pow(2, Math.Min(_failures, MaxDoublings));
            Pause(pause < MaxPause ? pause : MaxPause);
            if (++_failures == FailuresBeforeLog) LogNotAttached(path, exception.Message);
            LogRepeated(path, _pause.TotalSeconds);
        }
    }

    private async Task AttachAsync(CancellationToken cancellationToken)
    {
        var info = await ConnectionFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (isOwnKey(info.Key))
        {
            _isLeftAlone = true;
            LogOwn(path);
            return;
        }

        await CheckReachAsync(info, cancellationToken).ConfigureAwait(false);
        _source = contexts.SourceOf(info, path);
        _context = await contexts.AttachAsync(_id, _source, cancellationToken).ConfigureAwait(false);
        _observation = _context.Kernel.ObserveDirectly(this);
        LogAppeared(path, _id, _context.Language);
    }

    // The file was written again: perhaps its owner has started another process for the kernel.
    private async Task FollowAsync(CodeContext context, CancellationToken cancellationToken)
    {
        var info = await ReadWhenWholeAsync(cancellationToken).ConfigureAwait(false);
        if (info == _source!.Info && context.Kernel.State != KernelState.Dead) return;
        if (info.KernelName != _source.Info.KernelName)
        {
            await EndAsync(context, "its connection file is another kernel's now").ConfigureAwait(false);
            return;
        }

        _source.Info = info;
        try
        {
            await context.Kernel.ReattachAsync(cancellationToken).ConfigureAwait(false);
            LogFollowed(path, _id);
        }
        catch (Exception exception) when (exception is KernelGatewayException or OperationCanceledException)
        {
            // It is dead now, which the next comparison sees; the file is tried again after that.
        }
        catch (ObjectDisposedException)
        {
            // Removed meanwhile.
        }
    }

    private async Task<KernelConnectionInfo> ReadWhenWholeAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await ConnectionFile.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            }
            catch (ConnectionFileException) when (attempt < FailuresBeforeLog)
            {
                // Being written; when that is done the file has changed again, which ends this attempt.
                await Task.Delay(FirstPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckReachAsync(KernelConnectionInfo info, CancellationToken cancellationToken)
    {
        if (await ListenerProbe.IsListeningAsync(info, reachLimit, time, cancellationToken).ConfigureAwait(false)) return;
        throw KernelLaunchException.NotAnswering(path, reachLimit);
    }

    private async Task EndAsync(CodeContext context, string why)
    {
        _observation?.Dispose();
        await contexts.TryRetireAsync(context, evenBusy: true, $"lost its kernel: {char.ToLowerInvariant(why[0])}{why[1..].TrimEnd('.')}").ConfigureAwait(false);
        _context = null;
        _absentSince = null;
        Pause(FirstPause);
        LogDisappeared(path, _id, why);
    }

    private void Pause(TimeSpan pause)
    {
        _pauseStart = time.GetTimestamp();
        _pause = pause;
    }

    private void LetGo()
    {
        _observation?.Dispose();
        _context = null;
        _isLeftAlone = true;
        LogLetGo(path, _id);
    }

    [LoggerMessage(4051, LogLevel.Information, "The kernel of {Path} was attached as context {ContextId} ({Language}).")]
    private partial void LogAppeared(string path, string contextId, string language);

    [LoggerMessage(4052, LogLevel.Information, "The kernel of {Path}, context {ContextId}, was detached: {Reason}")]
    private partial void LogDisappeared(string path, string contextId, string reason);

    [LoggerMessage(4053, LogLevel.Information, "Context {ContextId} was removed and its kernel detached; {Path} is ignored until it changes.")]
    private partial void LogLetGo(string path, string contextId);

    [LoggerMessage(4054, LogLevel.Information, "The kernel of {Path} was restarted by its owner; context {ContextId} continues with the new process.")]
    private partial void LogFollowed(string path, string contextId);

    [LoggerMessage(4056, LogLevel.Debug, "{Path} belongs to a kernel that this gateway started, and is ignored.")]
    private partial void LogOwn(string path);

    [LoggerMessage(4055, LogLevel.Warning, "The kernel of {Path} cannot be attached; the attempt is repeated. {Problem}")]
    private partial void LogNotAttached(string path, string problem);

    [LoggerMessage(4057, LogLevel.Debug, "The next attempt to attach the kernel of {Path} is made in {Seconds} s.")]
    private partial void LogRepeated(string path, double seconds);
}
