using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Brings a kernel back when its process has died, or its owner has restarted it.</summary>
/// <remarks>
/// Whatever is thrown on the way, in the end the kernel is ready, or dead and those who wait for it are told. Where nothing could be
/// started (the working directory is gone, the provisioner's service is down), the kernel counts as dead and the attempts go on.
/// </remarks>
internal sealed partial class KernelRecovery(
    string kernelId,
    IKernelInstanceSource source,
    KernelInstances instances,
    KernelTurn turn,
    KernelOptions options,
    ILogger logger,
    TimeProvider time)
{
    private readonly ILogger _logger = logger;
    private readonly RestartPolicy _restarts = new(options);
    private readonly List<Task> _running = [];          // Changed in turn. They never fault.

    private bool IsAttached => source.Spec is null;

    /// <summary>Notes that code ran to its end: the next death is the first in a row again.</summary>
    public void NoteProgress() => _restarts.NoteProgress();

    /// <summary>Watches an instance and brings the kernel back when it ends by itself. In turn.</summary>
    public void Watch(KernelInstance instance) => Run(() => RecoverWhenOverAsync(instance));

    /// <summary>Opens an instance in place of one that the gateway had to end, now or later. In turn.</summary>
    public async Task ReplaceAsync()
    {
        if (!await TryBringBackAsync(isAutomatic: false).ConfigureAwait(false)) BeginBringingBack();
    }

    /// <summary>Waits until nothing is being brought back any more. After the turn has been stopped.</summary>
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
            // A defect of ours: whoever waits for the kernel must not wait for ever.
            LogFailed(exception, kernelId);
            if (turn.IsStopping) return;
            instances.LastFailure = exception.Message;
            instances.Fail(new KernelClosedException($"Kernel {kernelId} could not be brought back: {exception.Message}", exception), KernelState.Dead);
        }
    }

    private async Task RecoverWhenOverAsync(KernelInstance instance)
    {
        var close = await instance.Closed.ConfigureAwait(false);
        if (close.Reason == KernelCloseReason.ShutDown) return;
        var isRestarted = close.Reason == KernelCloseReason.Restarted;
        if (!isRestarted) LogDied(kernelId, close.Exit?.ToString() ?? close.Reason.ToString());
        using var held = await turn.TakeAsync(CancellationToken.None).ConfigureAwait(false);

        // Somebody restarted it or shut it down while we waited for our turn.
        if (turn.IsStopping || !ReferenceEquals(instance, instances.Present)) return;
        if (!isRestarted) instances.LastFailure = close.Describe();
        instances.BeginRestart(isRestarted ? KernelRestartCause.Owner : KernelRestartCause.Death, isRestarted ? null : instances.LastFailure);
        if (instance.Age > options.StableTime) NoteProgress();
        await instances.DropAsync(instance).ConfigureAwait(false);
        if (isRestarted)
        {
            await FollowOwnerAsync().ConfigureAwait(false);
            return;
        }

        _restarts.NoteDeath();
        if (IsAttached || !_restarts.AllowsRestart) GiveUp(close.Describe());
        else BeginBringingBack();
    }

    private void BeginBringingBack()
    {
        var generation = instances.Generation;
        Run(() => BringBackAsync(generation));
    }

    // Not in turn while it pauses: a restart that is asked for meanwhile need not wait.
    private async Task BringBackAsync(int generation)
    {
        while (await PauseAsync(_restarts.Pause).ConfigureAwait(false))
        {
            using var held = await turn.TakeAsync(CancellationToken.None).ConfigureAwait(false);
            if (turn.IsStopping || generation != instances.Generation || await TryBringBackAsync(isAutomatic: true).ConfigureAwait(false)) return;
        }
    }

    // True when there is nothing more to try.
    private async Task<bool> TryBringBackAsync(bool isAutomatic)
    {
        var started = source.StartedProcesses;
        try
        {
            Watch(await instances.OpenAsync(isAutomatic, turn.Stopping).ConfigureAwait(false));
            return true;
        }
        catch (Exception exception)
        {
            if (turn.IsStopping) return true;
            instances.LastFailure = exception.Message;
            LogRestartFailed(kernelId, exception.Message);
            if (source.StartedProcesses != started
                || exception is KernelLaunchException { Reason: LaunchFailureReason.ExitedEarly or LaunchFailureReason.NotReadyInTime })
            {
                _restarts.NoteDeath();
                if (_restarts.AllowsRestart) return false;
                GiveUp(exception.Message);
                return true;
            }

            // Nothing was started. It may be possible later, and then the kernel comes back; those who wait are told now.
            _restarts.NoteAttemptInVain();
            if (_restarts.HasFailedOften || exception is KernelGatewayException { IsTransient: false }) TellDead(exception);
            return false;
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero) await Task.Delay(pause, time, turn.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !turn.IsStopping;
    }

    private void GiveUp(string reason) =>
        instances.Fail(new KernelClosedException($"Kernel {kernelId} is dead and was given up. {reason}"), KernelState.Dead);

    private void TellDead(Exception exception) => instances.Fail(
        new KernelClosedException(
            $"Kernel {kernelId} is dead and cannot be started again yet; this is tried from time to time. {exception.Message}", exception),
        KernelState.Dead);

    // The owner of an attached kernel has restarted it: the new process is there, where the old one was.
    private async Task FollowOwnerAsync()
    {
        try
        {
            LogRestartedByOwner(kernelId);
            Watch(await instances.OpenAsync(isAutomatic: false, turn.Stopping).ConfigureAwait(false));
            instances.LastFailure = null;
        }
        catch (Exception exception)
        {
            if (turn.IsStopping) return;
            instances.LastFailure = exception.Message;
            instances.Fail(
                new KernelClosedException($"Kernel {kernelId} was restarted by its owner and does not answer. {exception.Message}"), KernelState.Dead);
        }
    }

    [LoggerMessage(3122, LogLevel.Warning, "Kernel {KernelId} is over: {Reason}.")]
    private partial void LogDied(string kernelId, string reason);

    [LoggerMessage(3123, LogLevel.Error, "Kernel {KernelId} could not be brought back: {Reason}")]
    private partial void LogRestartFailed(string kernelId, string reason);

    [LoggerMessage(3124, LogLevel.Information, "Attached kernel {KernelId} was restarted by its owner.")]
    private partial void LogRestartedByOwner(string kernelId);

    [LoggerMessage(3139, LogLevel.Error, "Bringing kernel {KernelId} back failed in the gateway.")]
    private partial void LogFailed(Exception exception, string kernelId);
}
