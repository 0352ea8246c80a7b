using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Opens and closes the instances of one kernel, and notifies waiters and observers. At most one instance is current.
/// </summary>
/// <remarks>Members that change state are called only while the lifecycle lock is held (<see cref="KernelLifecycle"/>).</remarks>
internal sealed partial class KernelInstances(
    string kernelId,
    IKernelInstanceSource source,
    PythonRichData richData,
    KernelObservers observers,
    GatewayTelemetry telemetry,
    ILogger logger)
{
    private readonly ILogger _logger = logger;
    private readonly ReadyInstance _ready = new();
    private KernelRestartCause? _restarting;            // Why the next instance replaces another one.

    public KernelState State { get; private set; } = KernelState.Launching;

    /// <summary>Gets the current process and its connection; null while there is none.</summary>
    public KernelInstance? Current { get; private set; }

    public KernelInfoReply? Info { get; private set; }

    public string? LastFailure { get; set; }

    public int AutomaticRestarts { get; private set; }

    /// <summary>
    /// Gets a number that changes with each opened and closed instance, so that a caller that waited notices a change.
    /// </summary>
    public int Generation { get; private set; }

    /// <summary>Waits until there is a process that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WhenReadyAsync(CancellationToken cancellationToken) => _ready.WaitAsync(cancellationToken);

    /// <summary>Returns whether a process is the one that is ready at this moment.</summary>
    public bool IsReady(KernelInstance instance) => _ready.IsPublished(instance);

    /// <summary>Opens an instance and makes it the current one.</summary>
    public async Task<KernelInstance> OpenAsync(bool isAutomatic, CancellationToken cancellationToken)
    {
        var instance = await source.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            instance.Client.Relay = (channel, message, isOwn) => observers.OnMessage(instance, channel, message, isOwn);
            instance.Client.Connection.Pace = observers.WaitForRoomAsync;
            instance.Prepare(richData.CodeFor(instance.Info!, source.Spec is null));
        }
        catch
        {
            await instance.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        Generation++;
        Current = instance;
        Info = instance.Info;
        if (isAutomatic) AutomaticRestarts++;
        NoteRestart();
        SetState(KernelState.Ready);
        instance.OnConnectionLost(() => OnConnectionLost(instance), () => _ready.Republish(instance));
        _ready.Publish(instance);
        LogReady(kernelId, source.Spec?.Name ?? "attached", instance.Process?.ProcessId ?? 0);
        return instance;
    }

    /// <summary>Ends the current instance.</summary>
    public async Task CloseAsync(KernelCloseInfo close)
    {
        if (Current is not { } instance) return;
        Current = null;
        Generation++;
        var isRunningCode = instance.IsRunningCode;
        instance.Close(close);
        await instance.ShutDownAsync(restart: close.Reason == KernelCloseReason.Restarted, isRunningCode).ConfigureAwait(false);
        await instance.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Removes the current instance, which has ended by itself.</summary>
    public async Task DropAsync(KernelInstance instance)
    {
        Current = null;
        Generation++;
        await instance.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Makes callers from now on wait for the next instance.</summary>
    public void BeginRestart(KernelRestartCause cause, string? reason)
    {
        _restarting = cause;
        _ready.Clear();
        SetState(KernelState.Restarting, reason);
    }

    /// <summary>Fails present and future callers, until an instance is opened.</summary>
    public void Fail(KernelClosedException exception, KernelState state)
    {
        SetState(state, exception.Message);
        _ready.Fail(exception);
    }

    private void NoteRestart()
    {
        if (_restarting is { } cause) telemetry.OnKernelRestarted(source.Spec?.Name ?? TelemetryNames.AttachedKernel, cause);
        _restarting = null;
    }

    // Code sent now could run in another process, and its output could be lost.
    private void OnConnectionLost(KernelInstance instance)
    {
        LogConnectionLost(kernelId);
        _ready.Clear(instance);
    }

    private void SetState(KernelState state, string? reason = null)
    {
        if (State == state) return;
        State = state;
        observers.OnStateChanged(state, reason);
    }

    [LoggerMessage(3121, LogLevel.Information, "Kernel {KernelId} ({KernelSpec}) is ready as process {ProcessId}.")]
    private partial void LogReady(string kernelId, string kernelSpec, int processId);

    [LoggerMessage(3125, LogLevel.Information, "The connection to attached kernel {KernelId} was lost; checking whether it ended or was restarted.")]
    private partial void LogConnectionLost(string kernelId);
}
