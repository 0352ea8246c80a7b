using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.Processes;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>A kernel under one id: started, watched, interrupted, restarted when it dies, shut down.</summary>
/// <remarks>
/// The id outlives the process: after a death or a restart the same kernel has another process, connection and state. Its context owns it:
/// <see cref="Contexts.CodeContext.RestartAsync"/> restarts it, <see cref="Contexts.ContextManager.RemoveAsync"/> ends it.
/// </remarks>
public sealed class Kernel
{
    private readonly KernelObservers _observers;
    private readonly KernelLifecycle _lifecycle;

    internal Kernel(
        string id,
        IKernelInstanceSource source,
        KernelOptions options,
        PythonRichData richData,
        GatewayTelemetry telemetry,
        MemoryAccount memory,
        ILogger logger,
        TimeProvider time)
    {
        Activity = new KernelActivity(time);
        _observers = new KernelObservers(id, Activity, telemetry, memory, logger, time);
        _lifecycle = new KernelLifecycle(id, source, options, richData, _observers, telemetry, logger, time);
        Id = id;
    }

    /// <summary>Gets the id: a GUID, and the id of its context.</summary>
    public string Id { get; }

    /// <summary>Gets the kernelspec it was started from; null for a kernel that was attached.</summary>
    public KernelSpec? Spec => _lifecycle.Spec;

    /// <summary>Gets its state.</summary>
    public KernelState State => _lifecycle.State;

    /// <summary>Gets the kernel's description of itself, or null before its first start.</summary>
    public KernelInfoReply? Info => _lifecycle.Info;

    /// <summary>Gets the process id, or null for an attached kernel and while no process runs.</summary>
    public int? ProcessId => _lifecycle.Instance?.Process?.ProcessId;

    /// <summary>Gets the connection info of the current process, or null while there is none.</summary>
    public KernelConnectionInfo? ConnectionInfo => _lifecycle.Instance?.ConnectionInfo;

    /// <summary>
    /// Gets the path of the connection file of the current process, with which other clients connect; null if the gateway wrote
    /// none.
    /// </summary>
    public string? ConnectionFilePath => _lifecycle.Instance?.Process?.ConnectionFilePath;

    /// <summary>Gets its execution state and the time of its last activity.</summary>
    public KernelActivity Activity { get; }

    /// <summary>
    /// Gets why its last process ended by itself or could not be started; null when it did not, or it was restarted since.
    /// </summary>
    public string? LastFailure => _lifecycle.LastFailure;

    /// <summary>Gets how often it was restarted because it died.</summary>
    public int AutomaticRestarts => _lifecycle.AutomaticRestarts;

    /// <summary>
    /// Finds the processes that its code forked and that continue to run the kernel's program (no <c>exec</c>): workers of Python's <c>multiprocessing</c>, or a child that left its
    /// cell without <c>_exit</c> and is a second kernel on the same sockets. Reads <c>/proc</c>; none on other systems than Linux.
    /// </summary>
    /// <returns>Their ids, in ascending order.</returns>
    internal IReadOnlyList<int> FindForkedProcesses() => ProcessId is { } processId ? ForkedProcesses.Find(processId) : [];

    /// <summary>Gets the client of the current process.</summary>
    /// <exception cref="KernelClosedException">There is none at this moment.</exception>
    public KernelClient Client =>
        _lifecycle.Instance?.Client ?? throw new KernelClosedException($"Kernel {Id} has no process at this moment; its state is {State}.");

    /// <summary>
    /// Gets a value indicating whether it was started by someone else, so that the gateway does not signal or restart its
    /// process.
    /// </summary>
    public bool IsAttached => Spec is null;

    /// <summary>Gets a value indicating whether it runs code of another client, and not of a context, at this moment.</summary>
    internal bool IsRunningExternalCode => _lifecycle.Instance?.ExternalRequests.IsRunning == true;

    /// <summary>Gets the request that it processes.</summary>
    internal RunningRequest Running => _observers.Running;

    /// <summary>
    /// Notifies an observer of all messages and states of the kernel from now on, until the result is disposed.
    /// </summary>
    /// <param name="observer">The observer.</param>
    public IDisposable Observe(IKernelObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return _observers.Add(observer);
    }

    /// <summary>Adds an observer of the gateway itself, which is called directly and must not wait.</summary>
    internal IDisposable ObserveDirectly(IKernelObserver observer) => _observers.AddOwn(observer);

    /// <summary>Sends a message of another client's as it is; while the kernel is being restarted it waits for the new process.</summary>
    /// <remarks>
    /// Code that is sent after other code has failed waits some milliseconds until the kernel no longer aborts requests
    /// (<c>stop_on_error</c>): a client that has seen the failure therefore does not lose its next cell.
    /// </remarks>
    /// <param name="channel">Shell, control or stdin.</param>
    /// <param name="message">The message; its answers are passed to observers.</param>
    /// <param name="cancellationToken">Cancels until the message has been handed to the socket.</param>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down; nothing was sent.</exception>
    public Task SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(channel, message, isObsolete: null, cancellationToken);
    }

    /// <summary>Sends a message of another client, unless it has become obsolete while it waited for a ready process.</summary>
    /// <param name="channel">Shell, control or stdin.</param>
    /// <param name="message">The message.</param>
    /// <param name="isObsolete">
    /// Returns whether the message must not be sent any more. It is called when the process that gets the message is known; null
    /// for never.
    /// </param>
    /// <param name="cancellationToken">Cancels until the message has been handed to the socket.</param>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down; nothing was sent.</exception>
    internal async Task SendAsync(
        KernelChannel channel, JupyterMessage message, Func<bool>? isObsolete, CancellationToken cancellationToken)
    {
        KernelInstance instance;
        do
        {
            instance = await WhenReadyAsync(cancellationToken).ConfigureAwait(false);
            if (!ExternalRequests.IsExecuteRequest(channel, message)) continue;
            await instance.WaitForAbortsAsync(cancellationToken).ConfigureAwait(false);
            await instance.Interrupt.RecoverySent.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!_lifecycle.IsReady(instance));   // it has ended, or is suspected of it, since it was waited for

        if (isObsolete?.Invoke() == true) return;
        instance.ExternalRequests.OnSending(channel, message);
        try
        {
            await instance.Client.SendAsync(channel, message, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            instance.ExternalRequests.OnNotSent(message);
            throw;
        }
    }

    /// <summary>
    /// Interrupts the code that it runs, of any client, in the way that works for this kernel. Returns before the code has
    /// stopped.
    /// </summary>
    /// <param name="cancellationToken">Cancels the restart of a kernel that cannot be interrupted in another way.</param>
    /// <remarks>
    /// <see cref="Contexts.CodeContext.InterruptAsync(CancellationToken)"/> stops one execution with all steps of the interrupt
    /// ladder.
    /// </remarks>
    /// <exception cref="KernelClosedException">It has no process at this moment.</exception>
    /// <exception cref="KernelLaunchException">It had to be restarted and did not start.</exception>
    public Task InterruptAsync(CancellationToken cancellationToken = default) => InterruptAsync(sparesExecutions: false, cancellationToken);

    /// <summary>Interrupts the code of other clients that it runs, and no execution of a context.</summary>
    internal Task InterruptExternalCodeAsync(CancellationToken cancellationToken) =>
        InterruptAsync(sparesExecutions: true, cancellationToken);

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="KernelLaunchException">It did not start; nothing is left running.</exception>
    internal Task StartAsync(CancellationToken cancellationToken) => _lifecycle.StartAsync(cancellationToken);

    /// <summary>
    /// Replaces its process by a new one and waits until that is ready. Executions that ran or waited end with <c>restarted</c>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the start of the new process; the old one may be gone then.</param>
    /// <exception cref="KernelRestartRefusedException">A new process could not be started; the kernel continues with the old
    /// process.</exception>
    /// <exception cref="KernelLaunchException">The new process did not start; the kernel is dead until it is restarted again.</exception>
    /// <exception cref="InvalidOperationException">The kernel is attached: only its owner can restart it.</exception>
    internal Task RestartAsync(CancellationToken cancellationToken) => RestartAsync(replacing: null, cancellationToken);

    /// <summary>Restarts it, and calls back when it is certain that its process will be replaced.</summary>
    internal Task RestartAsync(Action? replacing, CancellationToken cancellationToken)
    {
        if (IsAttached) throw new InvalidOperationException($"Kernel {Id} is attached; only who started it can restart it.");
        return _lifecycle.RestartAsync(KernelRestartCause.Request, unlessReplaced: null, replacing, cancellationToken);
    }

    /// <summary>Reconnects to an attached kernel for which its owner has started another process.</summary>
    /// <exception cref="KernelLaunchException">It does not answer; the kernel is dead.</exception>
    internal Task ReattachAsync(CancellationToken cancellationToken) =>
        _lifecycle.RestartAsync(KernelRestartCause.Owner, unlessReplaced: null, replacing: null, cancellationToken);

    /// <summary>Shuts its process down; an attached kernel is detached and keeps running.</summary>
    internal Task ShutDownAsync() => ShutDownAsync(explanation: null);

    /// <summary>Shuts its process down and notifies executions, waiters and observers of the reason.</summary>
    /// <param name="explanation">A sentence for people; null when it was asked for.</param>
    internal Task ShutDownAsync(string? explanation) => _lifecycle.ShutDownAsync(explanation);

    /// <summary>Waits until there is a process that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    internal Task<KernelInstance> WhenReadyAsync(CancellationToken cancellationToken) => _lifecycle.WhenReadyAsync(cancellationToken);

    /// <summary>Replaces the record by which the next gateway finds its process after a crash.</summary>
    internal Task RecordAsync(KernelLaunch launch, CancellationToken cancellationToken) =>
        _lifecycle.Instance?.Process?.Inner is LocalKernelProcess process ? process.RecordAsync(launch, cancellationToken) : Task.CompletedTask;

    /// <summary>Records that code ran to its end: the next death is the first in a row again.</summary>
    internal void NoteProgress() => _lifecycle.NoteProgress();

    /// <summary>Replaces a process whose code has made it exit, before its death is noticed.</summary>
    /// <remarks>An attached kernel is not the gateway's to restart: its loss is noticed as ever.</remarks>
    internal Task ReplaceExitingAsync(KernelInstance instance) =>
        IsAttached ? Task.CompletedTask : _lifecycle.ReplaceAsync(instance, KernelRestartCause.CodeExit, "its code made it exit");

    /// <summary>
    /// Restarts because an interrupt did not stop the code; does nothing when the process has been replaced in the meantime.
    /// </summary>
    /// <param name="instance">The process.</param>
    /// <param name="why">Which code and why, for the log.</param>
    internal Task RestartAfterInterruptAsync(KernelInstance instance, string why) =>
        _lifecycle.ReplaceAsync(instance, KernelRestartCause.Interrupt, why);

    private async Task InterruptAsync(bool sparesExecutions, CancellationToken cancellationToken)
    {
        var instance = _lifecycle.Instance ?? throw new KernelClosedException($"Kernel {Id} has no process at this moment; its state is {State}.");
        await instance.Interrupt.WhenPossibleAsync().ConfigureAwait(false);
        if (instance.Quirks.Interrupt != InterruptStrategy.Restart)
        {
            await instance.Interrupt.SendAsync(sparesExecutions).ConfigureAwait(false);

            // Clients of the channels do not wait: their next code must find the kernel as it was.
            _ = instance.Interrupt.RecoverAsync();
        }
        else if ((Activity.IsBusy || instance.ExternalRequests.Any) && !(sparesExecutions && instance.IsRunningExecution))
        {
            await _lifecycle.RestartAsync(KernelRestartCause.Interrupt, instance, replacing: null, cancellationToken).ConfigureAwait(false);
        }
    }
}
