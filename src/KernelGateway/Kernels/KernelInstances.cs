using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>The instances of one kernel, of which one at most is present: opens and closes them, and tells who waits or observes.</summary>
/// <remarks>Whatever changes something here is called by whoever has the kernel's turn (<see cref="KernelLifecycle"/>).</remarks>
internal sealed partial class KernelInstances(
    string kernelId,
    IKernelInstanceSource source,
    PythonRichData richData,
    KernelObservers observers,
    GatewayTelemetry telemetry,
    ILogger logger)
{
    private readonly ILogger _logger = logger;
    private readonly InstanceOffer _offer = new();
    private KernelRestartCause? _restarting;            // Why the next instance replaces another one.

    public KernelState State { get; private set; } = KernelState.Launching;

    /// <summary>Gets the present process and its connection; null while there is none.</summary>
    public KernelInstance? Present { get; private set; }

    public KernelInfoReply? Info { get; private set; }

    public string? LastFailure { get; set; }

    public int AutomaticRestarts { get; private set; }

    /// <summary>Gets a number that changes whenever an instance comes or goes: who has waited sees that somebody else was faster.</summary>
    public int Generation { get; private set; }

    /// <summary>Waits until there is a process that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WhenReadyAsync(CancellationToken cancellationToken) => _offer.WaitAsync(cancellationToken);

    /// <summary>Opens an instance and makes it the present one.</summary>
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
        Present = instance;
        Info = instance.Info;
        if (isAutomatic) AutomaticRestarts++;
        NoteRestart();
        SetState(KernelState.Ready);
        instance.OnDoubt(() => Doubt(instance), () => _offer.Restore(instance));
        _offer.Make(instance);
        LogReady(kernelId, source.Spec?.Name ?? "attached", instance.Process?.ProcessId ?? 0);
        return instance;
    }

    /// <summary>Ends the present instance.</summary>
    public async Task CloseAsync(KernelCloseInfo close)
    {
        if (Present is not { } instance) return;
        Present = null;
        Generation++;
        instance.Close(close);
        await instance.ShutDownAsync(restart: close.Reason == KernelCloseReason.Restarted).ConfigureAwait(false);
        await instance.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes away the present instance, which has ended by itself.</summary>
    public async Task DropAsync(KernelInstance instance)
    {
        Present = null;
        Generation++;
        await instance.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Lets all who come wait for the next instance.</summary>
    public void BeginRestart(KernelRestartCause cause, string? reason)
    {
        _restarting = cause;
        _offer.Withdraw();
        SetState(KernelState.Restarting, reason);
    }

    /// <summary>Tells all who wait and all who come that there is no instance, unless one is opened later.</summary>
    public void Fail(KernelClosedException exception, KernelState state)
    {
        SetState(state, exception.Message);
        _offer.Refuse(exception);
    }

    private void NoteRestart()
    {
        if (_restarting is { } cause) telemetry.OnKernelRestarted(source.Spec?.Name ?? TelemetryNames.AttachedKernel, cause);
        _restarting = null;
    }

    // Code that is sent now would run in whatever process comes, and perhaps without being heard.
    private void Doubt(KernelInstance instance)
    {
        LogDoubted(kernelId);
        _offer.Withdraw(instance);
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
    private partial void LogDoubted(string kernelId);
}
