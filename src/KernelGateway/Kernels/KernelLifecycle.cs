using KernelGateway.Kernelspecs;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.RichData;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Starts, restarts and shuts down the process of one kernel, one at a time, and brings it back when it dies.</summary>
internal sealed partial class KernelLifecycle : IAsyncDisposable
{
    private readonly string _kernelId;
    private readonly IKernelInstanceSource _source;
    private readonly KernelOptions _options;
    private readonly PythonRichData _richData;
    private readonly KernelObservers _observers;
    private readonly ILogger _logger;
    private readonly InstanceOffer _offer = new();

    // Start, restart, recovery and shutdown, one at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _recovering = Task.CompletedTask;
    private int _deathsInARow;
    private bool _shutDown;

    public KernelLifecycle(
        string kernelId, IKernelInstanceSource source, KernelOptions options, PythonRichData richData, KernelObservers observers, ILogger logger)
    {
        _kernelId = kernelId;
        _source = source;
        _options = options;
        _richData = richData;
        _observers = observers;
        _logger = logger;
    }

    /// <summary>Gets the kernelspec; null for a kernel whose process is not ours.</summary>
    public KernelSpec? Spec => _source.Spec;

    public KernelState State { get; private set; } = KernelState.Launching;

    /// <summary>Gets the present process and its connection; null while there is none.</summary>
    public KernelInstance? Instance { get; private set; }

    public KernelInfoReply? Info { get; private set; }

    public string? LastFailure { get; private set; }

    public int AutomaticRestarts { get; private set; }

    private bool IsAttached => Spec is null;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="KernelLaunchException">It did not start; nothing is left running.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await OpenInstanceAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits until there is a process that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WhenReadyAsync(CancellationToken cancellationToken) => _offer.WaitAsync(cancellationToken);

    /// <summary>Replaces the process by a fresh one, whose start can be cancelled, and waits until that is ready.</summary>
    /// <param name="unlessReplaced">The process that is meant, or null for whichever it is; nothing is done when there is another one by now.</param>
    /// <param name="cancellationToken">Cancels the start of the new process; the old one is gone then.</param>
    /// <exception cref="KernelLaunchException">The new process did not start; the kernel is dead until it is restarted again.</exception>
    public async Task RestartAsync(KernelInstance? unlessReplaced, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_shutDown, typeof(Kernel));
            if (unlessReplaced is not null && !ReferenceEquals(unlessReplaced, Instance)) return;
            BeginRestart(reason: null);
            await CloseInstanceAsync(new KernelCloseInfo(KernelCloseReason.Restarted)).ConfigureAwait(false);
            NoteProgress();
            try
            {
                await OpenInstanceAsync(cancellationToken).ConfigureAwait(false);
                LastFailure = null;
            }
            catch (Exception exception)
            {
                LastFailure = exception.Message;
                Fail(new KernelClosedException($"Kernel {_kernelId} could not be restarted: {exception.Message}", exception), KernelState.Dead);
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Shuts its process down and tells all who are concerned why.</summary>
    /// <param name="explanation">A sentence for people; null when it was asked for.</param>
    public async Task ShutDownAsync(string? explanation)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_shutDown) return;
            _shutDown = true;
            var close = new KernelCloseInfo(KernelCloseReason.ShutDown, Explanation: explanation);
            await CloseInstanceAsync(close).ConfigureAwait(false);
            Fail(new KernelClosedException(close), KernelState.ShutDown);
        }
        finally
        {
            _turn.Release();
        }

        await _recovering.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await ShutDownAsync(explanation: null).ConfigureAwait(false);

    /// <summary>Notes that code ran to its end: the next death is the first in a row again.</summary>
    public void NoteProgress() => Volatile.Write(ref _deathsInARow, 0);

    // In its turn.
    private async Task OpenInstanceAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var instance = await _source.OpenAsync(linked.Token).ConfigureAwait(false);
        Instance = instance;
        Info = instance.Info;
        instance.Client.Relay = (channel, message, isOwn) => _observers.OnMessage(instance, channel, message, isOwn);
        instance.Prepare(_richData.CodeFor(instance.Info!, IsAttached));
        SetState(KernelState.Ready);
        instance.OnDoubt(() => Doubt(instance), () => _offer.Restore(instance));
        _offer.Make(instance);
        using (ExecutionContext.SuppressFlow()) _recovering = Task.Run(() => RecoverWhenOverAsync(instance), CancellationToken.None);
        LogReady(_kernelId, Spec?.Name ?? "attached", instance.Process?.ProcessId ?? 0);
    }

    // In its turn.
    private async Task CloseInstanceAsync(KernelCloseInfo close)
    {
        if (Instance is not { } instance) return;
        Instance = null;
        instance.Close(close);
        await instance.ShutDownAsync(restart: close.Reason == KernelCloseReason.Restarted).ConfigureAwait(false);
        await instance.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RecoverWhenOverAsync(KernelInstance instance)
    {
        var close = await instance.Closed.ConfigureAwait(false);
        if (close.Reason == KernelCloseReason.ShutDown) return;
        if (close.Reason != KernelCloseReason.Restarted) LogDied(_kernelId, close.Exit?.ToString() ?? close.Reason.ToString());
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // Somebody restarted it or shut it down while we waited for our turn.
            if (_shutDown || !ReferenceEquals(instance, Instance)) return;
            Instance = null;
            if (close.Reason != KernelCloseReason.Restarted) LastFailure = close.Describe();
            BeginRestart(close.Reason == KernelCloseReason.Restarted ? null : LastFailure);
            if (instance.Age > _options.StableTime) NoteProgress();
            await instance.DisposeAsync().ConfigureAwait(false);
            if (close.Reason == KernelCloseReason.Restarted) await FollowOwnerAsync().ConfigureAwait(false);
            else await BringBackAsync(close).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task BringBackAsync(KernelCloseInfo close)
    {
        var reason = close.Describe();
        while (!IsAttached && Interlocked.Increment(ref _deathsInARow) <= _options.MaxRestarts)
        {
            try
            {
                AutomaticRestarts++;
                await OpenInstanceAsync(CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is KernelGatewayException or OperationCanceledException)
            {
                if (_stopping.IsCancellationRequested) return;
                LastFailure = reason = exception.Message;
                LogRestartFailed(_kernelId, reason);
            }
        }

        Fail(new KernelClosedException($"Kernel {_kernelId} is dead and was given up. {reason}"), KernelState.Dead);
    }

    // The owner of an attached kernel has restarted it: the new process is there, where the old one was.
    private async Task FollowOwnerAsync()
    {
        try
        {
            LogRestartedByOwner(_kernelId);
            await OpenInstanceAsync(CancellationToken.None).ConfigureAwait(false);
            LastFailure = null;
        }
        catch (Exception exception) when (exception is KernelGatewayException or OperationCanceledException)
        {
            if (_stopping.IsCancellationRequested) return;
            LastFailure = exception.Message;
            Fail(new KernelClosedException($"Kernel {_kernelId} was restarted by its owner and does not answer. {exception.Message}"), KernelState.Dead);
        }
    }

    // Code that is sent now would run in whatever process comes, and perhaps without being heard.
    private void Doubt(KernelInstance instance)
    {
        LogDoubted(_kernelId);
        _offer.Withdraw(instance);
    }

    private void BeginRestart(string? reason)
    {
        _offer.Withdraw();
        SetState(KernelState.Restarting, reason);
    }

    private void Fail(KernelClosedException exception, KernelState state)
    {
        SetState(state, exception.Message);
        _offer.Refuse(exception);
    }

    private void SetState(KernelState state, string? reason = null)
    {
        if (State == state) return;
        State = state;
        _observers.OnStateChanged(state, reason);
    }

    [LoggerMessage(3121, LogLevel.Information, "Kernel {KernelId} ({KernelSpec}) is ready as process {ProcessId}.")]
    private partial void LogReady(string kernelId, string kernelSpec, int processId);

    [LoggerMessage(3122, LogLevel.Warning, "Kernel {KernelId} is over: {Reason}.")]
    private partial void LogDied(string kernelId, string reason);

    [LoggerMessage(3125, LogLevel.Information, "The connection to attached kernel {KernelId} was lost; it is found out whether it ended or was restarted.")]
    private partial void LogDoubted(string kernelId);

    [LoggerMessage(3124, LogLevel.Information, "Attached kernel {KernelId} was restarted by its owner.")]
    private partial void LogRestartedByOwner(string kernelId);

    [LoggerMessage(3123, LogLevel.Error, "Kernel {KernelId} could not be brought back: {Reason}")]
    private partial void LogRestartFailed(string kernelId, string reason);
}
