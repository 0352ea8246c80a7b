using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Restarts a kernel whose process has died, and reconnects to one that its owner has restarted.</summary>
/// <remarks>
/// Whatever exception occurs, the kernel is ready afterwards, or dead with its waiters notified. When no process could be started
/// (the working
/// directory is gone, the provisioner's service is down), the kernel counts as dead and the attempts continue.
/// </remarks>
internal sealed partial class KernelRecovery(
    string kernelId,
    IKernelInstanceSource source,
    KernelInstances instances,
    LifecycleLock lifecycleLock,
    KernelOptions options,
    ILogger logger,
    TimeProvider time)
{
    private readonly ILogger _logger = logger;
    private readonly RestartPolicy _restarts = new(options);
    private readonly List<Task> _running = [];          // Changed under the lifecycle lock. The tasks never fault.

    private bool IsAttached => source.Spec is null;

    /// <summary>Records that code ran to its end, which resets the count of deaths in a row.</summary>
    public void NoteProgress() => _restarts.NoteProgress();

    /// <summary>Watches an instance and restarts the kernel when it ends by itself. Called under the lifecycle lock.</summary>
    public void Watch(KernelInstance instance) => Run(() => RecoverWhenOverAsync(instance));

    /// <summary>
    /// Opens an instance that replaces one that the gateway had to end, now or later. Called under the lifecycle lock.
    /// </summary>
    public async Task ReplaceAsync()
    {
        if (!await TryRestartAsync(isAutomatic: false).ConfigureAwait(false)) BeginRestarting();
    }

    /// <summary>Waits until no restart is in progress. Called after the lifecycle lock was stopped.</summary>
    public Task WhenDoneAsync() => Task.WhenAll(_running);

    private void Run(Func<Task> recovery)
    {
        _running.RemoveAll(task => task.IsCompleted);
        using (ExecutionContext.SuppressFlow()) _running.Add(Task.Run(() => RunAsync(recovery), CancellationToken.None));
    }

    private async Task RunAsync(Func<Task> recovery)
    {
        try
        {
            await recovery().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A defect of the gateway: callers that wait for the kernel must not wait for ever.
            LogFailed(exception, kernelId);
            if (lifecycleLock.IsStopping) return;
            instances.LastFailure = exception.Message;
            instances.Fail(new KernelClosedException($"Kernel {kernelId} could not be restarted: {exception.Message}", exception), KernelState.Dead);
        }
    }

    private async Task RecoverWhenOverAsync(KernelInstance instance)
    {
        var close = await instance.Closed.ConfigureAwait(false);
        if (close.Reason == KernelCloseReason.ShutDown) return;
        var isRestarted = close.Reason == KernelCloseReason.Restarted;
        if (!isRestarted) LogDied(kernelId, close.Exit?.ToString() ?? close.Reason.ToString());
        using var held = await lifecycleLock.AcquireAsync(CancellationToken.None).ConfigureAwait(false);

        // It was restarted or shut down while this waited for the lifecycle lock.
        if (lifecycleLock.IsStopping || !ReferenceEquals(instance, instances.Current)) return;
        if (!isRestarted) instances.LastFailure = close.Describe();
        instances.BeginRestart(isRestarted ? KernelRestartCause.Owner : KernelRestartCause.Death, isRestarted ? null : instances.LastFailure);
        if (instance.Age > options.StableTime) NoteProgress();
        await instances.DropAsync(instance).ConfigureAwait(false);
        if (isRestarted)
        {
            await ReconnectAfterOwnerRestartAsync().ConfigureAwait(false);
            return;
        }

        _restarts.NoteDeath();
        if (IsAttached || !_restarts.AllowsRestart) Abandon(close.Describe());
        else BeginRestarting();
    }

    private void BeginRestarting()
    {
        var generation = instances.Generation;
        Run(() => RestartUntilReadyAsync(generation));
    }

    // The lock is not held during the pause, so that a requested restart need not wait.
    private async Task RestartUntilReadyAsync(int generation)
    {
        while (await PauseAsync(_restarts.Pause).ConfigureAwait(false))
        {
            using var held = await lifecycleLock.AcquireAsync(CancellationToken.None).ConfigureAwait(false);
            if (lifecycleLock.IsStopping || generation != instances.Generation || await TryRestartAsync(isAutomatic: true).ConfigureAwait(false)) return;
        }
    }

    // Returns true when no further attempt is needed.
    private async Task<bool> TryRestartAsync(bool isAutomatic)
    {
        var started = source.StartedProcesses;
        try
        {
            Watch(await instances.OpenAsync(isAutomatic, lifecycleLock.Stopping).ConfigureAwait(false));
            return true;
        }
        catch (Exception exception)
        {
            if (lifecycleLock.IsStopping) return true;
            instances.LastFailure = exception.Message;
            LogRestartFailed(kernelId, exception.Message);
            if (source.StartedProcesses != started
                || exception is KernelLaunchException { Reason: LaunchFailureReason.ExitedEarly or LaunchFailureReason.NotReadyInTime })
            {
                _restarts.NoteDeath();
                if (_restarts.AllowsRestart) return false;
                Abandon(exception.Message);
                return true;
            }

            // No process was started. That may be possible later, and then the kernel becomes ready again; waiters are notified
            // now.
            _restarts.NoteFailedAttempt();
            if (_restarts.HasFailedOften || exception is KernelGatewayException { IsTransient: false }) ReportDead(exception);
            return false;
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero) await Task.Delay(pause, time, lifecycleLock.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !lifecycleLock.IsStopping;
    }

    private void Abandon(string reason) =>
        instances.Fail(new KernelClosedException($"Kernel {kernelId} is dead and is not restarted any more. {reason}"), KernelState.Dead);

    private void ReportDead(Exception exception) => instances.Fail(
        new KernelClosedException(
            $"Kernel {kernelId} is dead and cannot be started again yet; this is tried from time to time. {exception.Message}", exception),
        KernelState.Dead);

    // The owner of an attached kernel has restarted it: the new process is at the address of the old one.
    private async Task ReconnectAfterOwnerRestartAsync()
    {
        try
        {
            LogRestartedByOwner(kernelId);
            Watch(await instances.OpenAsync(isAutomatic: false, lifecycleLock.Stopping).ConfigureAwait(false));
            instances.LastFailure = null;
        }
        catch (Exception exception)
        {
            if (lifecycleLock.IsStopping) return;
            instances.LastFailure = exception.Message;
            instances.Fail(
                new KernelClosedException($"Kernel {kernelId} was restarted by its owner and does not answer. {exception.Message}"), KernelState.Dead);
        }
    }

    [LoggerMessage(3122, LogLevel.Warning, "Kernel {KernelId} died: {Reason}.")]
    private partial void LogDied(string kernelId, string reason);

    [LoggerMessage(3123, LogLevel.Error, "Kernel {KernelId} could not be restarted: {Reason}")]
    private partial void LogRestartFailed(string kernelId, string reason);

    [LoggerMessage(3124, LogLevel.Information, "Attached kernel {KernelId} was restarted by its owner.")]
    private partial void LogRestartedByOwner(string kernelId);

    [LoggerMessage(3139, LogLevel.Error, "Restarting kernel {KernelId} failed in the gateway.")]
    private partial void LogFailed(Exception exception, string kernelId);
}
