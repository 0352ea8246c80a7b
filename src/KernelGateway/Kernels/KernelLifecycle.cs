using KernelGateway.Kernelspecs;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Starts, restarts and shuts down the process of one kernel, one step at a time, and restarts it when it dies.
/// </summary>
internal sealed partial class KernelLifecycle
{
    private readonly string _kernelId;
    private readonly IKernelInstanceSource _source;
    private readonly ILogger _logger;
    private readonly LifecycleLock _lock = new();
    private readonly KernelInstances _instances;
    private readonly KernelRecovery _recovery;
    private bool _shutDown;                             // Changed under _lock.

    public KernelLifecycle(
        string kernelId,
        IKernelInstanceSource source,
        KernelOptions options,
        PythonRichData richData,
        KernelObservers observers,
        GatewayTelemetry telemetry,
        ILogger logger,
        TimeProvider time)
    {
        _kernelId = kernelId;
        _source = source;
        _logger = logger;
        _instances = new KernelInstances(kernelId, source, richData, observers, telemetry, logger);
        _recovery = new KernelRecovery(kernelId, source, _instances, _lock, options, logger, time);
    }

    /// <summary>Gets the kernelspec; null for an attached kernel.</summary>
    public KernelSpec? Spec => _source.Spec;

    public KernelState State => _instances.State;

    /// <summary>Gets the current process and its connection; null while there is none.</summary>
    public KernelInstance? Instance => _instances.Current;

    public KernelInfoReply? Info => _instances.Info;

    public string? LastFailure => _instances.LastFailure;

    public int AutomaticRestarts => _instances.AutomaticRestarts;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="KernelLaunchException">It did not start; nothing is left running.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var held = await _lock.AcquireAsync(cancellationToken).ConfigureAwait(false);
        await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until there is a process that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WhenReadyAsync(CancellationToken cancellationToken) => _instances.WhenReadyAsync(cancellationToken);

    /// <summary>Returns whether a process is the one that is ready at this moment.</summary>
    public bool IsReady(KernelInstance instance) => _instances.IsReady(instance);

    /// <summary>Replaces the process by a new one, whose start can be cancelled, and waits until that is ready.</summary>
    /// <param name="cause">What the restart is counted as.</param>
    /// <param name="unlessReplaced">The process to replace, or null for the current one; nothing is done when it has been
    /// replaced already.</param>
    /// <param name="replacing">Called when it is certain that the process will be replaced, and before it is ended.</param>
    /// <param name="cancellationToken">Cancels the start of the new process; the old one may be gone then.</param>
    /// <exception cref="KernelRestartRefusedException">A new process could not be started; the kernel continues with the old
    /// process.</exception>
    /// <exception cref="KernelLaunchException">The new process did not start; the kernel is dead until it is restarted again.</exception>
    public async Task RestartAsync(
        KernelRestartCause cause, KernelInstance? unlessReplaced, Action? replacing, CancellationToken cancellationToken)
    {
        using var held = await _lock.AcquireAsync(cancellationToken).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_shutDown, typeof(Kernel));
        if (unlessReplaced is not null && !ReferenceEquals(unlessReplaced, Instance)) return;
        await CheckAsync(cancellationToken).ConfigureAwait(false);
        replacing?.Invoke();
        await EndForRestartAsync(cause).ConfigureAwait(false);
        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
            _instances.LastFailure = null;
        }
        catch (Exception exception)
        {
            _instances.LastFailure = exception.Message;
            _instances.Fail(new KernelClosedException($"Kernel {_kernelId} could not be restarted: {exception.Message}", exception), KernelState.Dead);
            throw;
        }
    }

    /// <summary>
    /// Replaces a process whose code cannot be stopped otherwise, even if the next one cannot be started at once.
    /// </summary>
    /// <param name="instance">The process; nothing is done when it has been replaced already.</param>
    /// <param name="cause">What the restart is counted as.</param>
    /// <param name="why">Why, as a sentence without its period.</param>
    public async Task ReplaceAsync(KernelInstance instance, KernelRestartCause cause, string why)
    {
        using var held = await _lock.AcquireAsync(CancellationToken.None).ConfigureAwait(false);
        if (_shutDown || !ReferenceEquals(instance, Instance)) return;
        LogReplaced(_kernelId, why);
        await EndForRestartAsync(cause).ConfigureAwait(false);
        await _recovery.ReplaceAsync().ConfigureAwait(false);
    }

    /// <summary>Shuts the process down and notifies waiters and observers of the reason. Never throws.</summary>
    /// <param name="explanation">The reason as a sentence; null when the shutdown was requested.</param>
    public async Task ShutDownAsync(string? explanation)
    {
        await _lock.StopAsync().ConfigureAwait(false);
        using (await _lock.AcquireAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (_shutDown) return;
            _shutDown = true;
            var close = new KernelCloseInfo(KernelCloseReason.ShutDown, Explanation: explanation);
            await _instances.CloseAsync(close).ConfigureAwait(false);
            _instances.Fail(new KernelClosedException(close), KernelState.ShutDown);
        }

        await _recovery.WhenDoneAsync().ConfigureAwait(false);
    }

    /// <summary>Records that code ran to its end, which resets the count of deaths in a row.</summary>
    public void NoteProgress() => _recovery.NoteProgress();

    // Under the lock, as the following.
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lock.Stopping);
        _recovery.Watch(await _instances.OpenAsync(isAutomatic: false, either.Token).ConfigureAwait(false));
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lock.Stopping);
        try
        {
            await _source.CheckAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!either.IsCancellationRequested)
        {
            throw new KernelRestartRefusedException(_kernelId, exception);
        }
    }

    private async Task EndForRestartAsync(KernelRestartCause cause)
    {
        _instances.BeginRestart(cause, reason: null);
        await _instances.CloseAsync(new KernelCloseInfo(KernelCloseReason.Restarted)).ConfigureAwait(false);
        _recovery.NoteProgress();
    }

    [LoggerMessage(3138, LogLevel.Information, "Kernel {KernelId} is restarted by the gateway: {Reason}.")]
    private partial void LogReplaced(string kernelId, string reason);
}
