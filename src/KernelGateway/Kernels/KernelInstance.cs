using System.Diagnostics;
using KernelGateway.Guarding;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>One process of a kernel and the connection to it; a restart creates another instance.</summary>
/// <remarks>
/// The gateway owns no process of an attached kernel. Socket loss together with a silent heartbeat ends its instance.
/// </remarks>
internal sealed partial class KernelInstance : IAsyncDisposable
{
    private const int MaxSilentAttempts = 3;

    private readonly KernelOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KernelConnectionInfo _info;
    private readonly TaskCompletionSource<KernelCloseInfo> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AttachmentWatch? _attachment;
    private readonly long _openedAt;
    private readonly KernelPreparation _preparation;
    private readonly Lock _gate = new();
    private Task _watching = Task.CompletedTask;
    private Task _aborting = Task.CompletedTask;
    private int _runs;

    // The text that the process wrote before it was ready. It is not reported as the cause when the kernel dies later.
    private string _startNoise = "";

    public KernelInstance(
        GuardedProcess? process,
        KernelConnectionInfo info,
        KernelQuirks quirks,
        KernelOptions options,
        GatewayTelemetry telemetry,
        KernelChannelOpener channels,
        ILogger logger,
        TimeProvider time)
    {
        Process = process;
        Quirks = quirks;
        _info = info;
        _options = options;
        _logger = logger;
        _time = time;
        _openedAt = time.GetTimestamp();
        _preparation = new KernelPreparation(this, logger);
        Interrupt = new KernelInterrupt(this, options, logger, time);
        Client = new KernelClient(info, options, telemetry, channels, logger, time) { Failed = OnReadingFailed };
        if (process is not null) return;
        _attachment = new AttachmentWatch(Client, ExternalRequests, options, logger, time) { Gone = reason => Close(new KernelCloseInfo(reason)) };
        Client.Connection.Lost = _attachment.OnLost;
    }

    public GuardedProcess? Process { get; }

    /// <summary>
    /// Gets the span of the start of the process; the default value when it is not recorded, or the kernel is attached.
    /// </summary>
    public ActivityContext LaunchSpan { get; init; }

    /// <summary>Gets the variables that the gateway gives to the process; null for an attached kernel.</summary>
    public ProcessVariables? Variables { get; init; }

    public KernelConnectionInfo ConnectionInfo => _info;

    public KernelClient Client { get; }

    public KernelQuirks Quirks { get; }

    public KernelInfoReply? Info { get; private set; }

    /// <summary>Gets the execute requests of other clients.</summary>
    public ExternalRequests ExternalRequests { get; } = new();

    public KernelInterrupt Interrupt { get; }

    /// <summary>Gets a task that completes when the instance has ended, for any reason. It never faults.</summary>
    public Task<KernelCloseInfo> Closed => _closed.Task;

    /// <summary>
    /// Gets a task that completes when what <see cref="Prepare"/> sent has been answered, or need not be awaited. It never fails.
    /// </summary>
    public Task Prepared => _preparation.Done;

    public TimeSpan Age => _time.GetElapsedTime(_openedAt);

    /// <summary>Connects and waits until the kernel has proven that it is ready.</summary>
    /// <exception cref="OperationCanceledException">It was not ready when the token fired.</exception>
    /// <exception cref="KernelClosedException">Its process ended before.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        Client.Open();
        if (Process is not null) _watching = WatchAsync(Process);
        var readiness = new KernelReadiness(Client, _time);
        Info = await readiness.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_attachment is not null) _attachment.KernelSession = readiness.KernelSession;
        if (Quirks.Preparation is { } code) await _preparation.RunFirstAsync(code, cancellationToken).ConfigureAwait(false);
        _startNoise = Process?.StandardErrorTail ?? "";
    }

    /// <summary>
    /// Sends preparation code before any user code. Only callers that run code wait for <see cref="Prepared"/>.
    /// </summary>
    /// <param name="code">The code, sent as one request so that no request of another client comes in between; null for
    /// none.</param>
    public void Prepare(string? code) => _preparation.Begin(code);

    /// <summary>Gets a value indicating whether an execution of a context runs, or is about to be sent, and no code of another client.</summary>
    public bool IsRunningExecution => Volatile.Read(ref _runs) > 0 && !ExternalRequests.IsRunning;

    /// <summary>Gets a value indicating whether code of any client runs or waits in the kernel.</summary>
    public bool IsRunningCode => Volatile.Read(ref _runs) > 0 || ExternalRequests.Any;

    /// <summary>Runs code and waits for its end; returns false when the instance ended before anything was sent.</summary>
    public async Task<bool> TryRunAsync(ExecuteRequest request, IExecuteHandler run)
    {
        Interlocked.Increment(ref _runs);
        try
        {
            // One that was meant for other code and sent before this was counted must not hit it.
            await Interrupt.Handled.ConfigureAwait(false);
            if (await Client.TrySendExecuteAsync(request, run).ConfigureAwait(false) is not { } messageId) return false;
            await run.Ended.ConfigureAwait(false);
            Client.Remember(messageId);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _runs);
        }
    }

    /// <summary>Waits until the kernel has finished the code of other clients that it had at the time of this call.</summary>
    /// <remarks>
    /// A kernel answers requests in the order of their arrival. So the reply to a request proves that earlier requests have
    /// ended, even if other clients have sent more requests than have been seen to run.
    /// </remarks>
    public async Task WaitForExternalRequestsAsync(CancellationToken cancellationToken)
    {
        if (ExternalRequests.Any) await TryMakeRoundTripAsync(KernelChannel.Shell, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        await WaitForAbortsAsync(cancellationToken).ConfigureAwait(false);

        // An interrupt that was meant for that code may hit the next code.
        await Interrupt.RecoverAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the kernel no longer aborts requests because code of another client has failed.</summary>
    /// <remarks>
    /// Kernels abort the requests that wait after failed code, and continue for a moment after its idle status (ipykernel: one
    /// turn of its event loop). The answer to a round trip through shell shows that they have stopped.
    /// </remarks>
    public Task WaitForAbortsAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (ExternalRequests.TryTakeFailure()) _aborting = LetAbortsEndAsync();
            return _aborting.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Sends a request that an idle kernel answers at once; false when it was too slow, aborted the request, or has ended, which
    /// the next request shows.
    /// </summary>
    public async Task<bool> TryMakeRoundTripAsync(KernelChannel channel, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await Client.RequestAsync<KernelInfoRequest, KernelInfoReply>(channel, new KernelInfoRequest(), cancellationToken, limit).ConfigureAwait(false);
            return true;
        }
        catch (KernelGatewayException)
        {
            return false;
        }
    }

    /// <summary>Gets a value indicating whether it is known to answer a request on shell only after the code before it.</summary>
    public bool AnswersInOrder => Quirks.AnswersInOrder || IsAttachedIPython;

    /// <summary>Gets a value indicating whether an interrupt takes effect only when the next message wakes the kernel's event loop.</summary>
    public bool WakesByMessage => Quirks.WakesByMessage || IsAttachedIPython;

    // An attached kernel has no kernelspec; it is recognized by the name in its info.
    private bool IsAttachedIPython => Process is null && Info?.Implementation == "ipython";

    /// <summary>Gets the time limit of silent code around an execution. An attached Octave can need seconds for a line.</summary>
    public TimeSpan SilentCodeTimeout => _options.StartTimeout;

    /// <summary>Runs code silently, without history, and returns the reply.</summary>
    public Task<ExecuteReply> RunSilentlyAsync(string code, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        Client.RequestAsync<ExecuteRequest, ExecuteReply>(
            KernelChannel.Shell,
            new ExecuteRequest { Code = code, IsSilent = true, StoreHistory = false, AllowStdin = false, StopOnError = false },
            cancellationToken,
            timeout);

    /// <summary>
    /// Runs code silently, and sends it again, a few times, when the kernel aborts the request because code of another client has failed.
    /// </summary>
    public async Task<ExecuteReply> RunSilentlyPastAbortsAsync(string code, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await RunSilentlyAsync(code, cancellationToken, timeout).ConfigureAwait(false);
            if (!reply.IsAborted || attempt == MaxSilentAttempts) return reply;
            await LetAbortsEndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gets or sets the callback that runs before the waiters are notified of the end.</summary>
    public Action? Closing { get; set; }

    /// <summary>
    /// Sets the callbacks for an attached kernel whose connection is lost, and for one found to be the same process.
    /// </summary>
    public void OnConnectionLost(Action suspect, Action alive)
    {
        if (_attachment is null) return;
        _attachment.Suspect = suspect;
        _attachment.Alive = alive;
    }

    /// <summary>Marks the instance as ended and notifies every waiter of the reason. Only the first call has an effect.</summary>
    public void Close(KernelCloseInfo info)
    {
        Closing?.Invoke();
        if (!Client.Close(info)) return;
        _closed.TrySetResult(info);

        _attachment?.Stop();
    }

    /// <summary>
    /// Ends the process: shutdown request, then SIGTERM, then SIGKILL. An attached kernel is left running. Never throws.
    /// </summary>
    /// <param name="restart">Whether another process follows.</param>
    /// <param name="isRunningCode">Whether it ran code before it was closed, which the close has ended.</param>
    public async Task ShutDownAsync(bool restart, bool isRunningCode)
    {
        if (Process is not { } process || process.Exited.IsCompleted) return;

        // A kernel that computes reads no control message (IRkernel), or answers and cannot exit (ipykernel, xeus).
        if (isRunningCode) await process.InterruptAsync().ConfigureAwait(false);
        if (await AskToShutDownAsync(process, restart).ConfigureAwait(false)) return;
        await process.TerminateAsync().ConfigureAwait(false);
        if (await HasExitedAsync(process).ConfigureAwait(false)) return;
        await process.KillAsync().ConfigureAwait(false);

        // The disposal continues even if the process survives SIGKILL.
        await HasExitedAsync(process).ConfigureAwait(false);
    }

    /// <summary>Ends the connection, the process and every waiter. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new KernelCloseInfo(KernelCloseReason.ShutDown));
        await Guarded.InvokeAsync(_logger, "Closing the connection to a kernel", () => Client.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (Process is not null) await Process.DisposeAsync().ConfigureAwait(false);
        if (_attachment is not null) await _attachment.DisposeAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await Prepared.ConfigureAwait(false);
    }

    private Task LetAbortsEndAsync() => Quirks.AbortsAfterFailure > TimeSpan.Zero
        ? Task.Delay(Quirks.AbortsAfterFailure, _time, CancellationToken.None)
        : TryMakeRoundTripAsync(KernelChannel.Shell, _options.CompletionGrace, CancellationToken.None);

    private async Task WatchAsync(GuardedProcess process)
    {
        var exit = await process.Exited.ConfigureAwait(false);
        if (Closed.IsCompleted) return;
        LogProcessEnded(process.ProcessId, exit);
        await Guarded.InvokeAsync(_logger, "Reading what a kernel sent before it ended", () => Client.Connection.DrainAsync(_time)).ConfigureAwait(false);
        Close(new KernelCloseInfo(KernelCloseReason.Died, exit, StandardErrorText.After(_startNoise, process.StandardErrorTail)));
    }

    private void OnReadingFailed(Exception exception) => Close(new KernelCloseInfo(
        KernelCloseReason.ConnectionLost, Explanation: $"The gateway failed to read what the kernel sent: {exception.Message}"));

    private async Task<bool> AskToShutDownAsync(GuardedProcess process, bool restart)
    {
        // When the control channel is full, this does not wait: the process is ended by a signal instead.
        var isSent = false;
        var asking = Guarded.InvokeAsync(_logger, "Asking a kernel to shut down", async () =>
        {
            try
            {
                await Client.Connection.SendAsync(
                    KernelChannel.Control, Client.CreateRequest(new ShutdownRequest { IsRestart = restart }), CancellationToken.None).ConfigureAwait(false);
                isSent = true;
            }
            catch (ObjectDisposedException)
            {
                // The connection is closed already.
            }
        });
        var isOver = await Guarded.IsWithinAsync(asking, _options.ShutdownGrace, _time).ConfigureAwait(false);
        return isOver && isSent ? await HasExitedAsync(process).ConfigureAwait(false) : process.Exited.IsCompleted;
    }

    private Task<bool> HasExitedAsync(GuardedProcess process) => Guarded.IsWithinAsync(process.Exited, _options.ShutdownGrace, _time);

    [LoggerMessage(3301, LogLevel.Warning, "The kernel's process {ProcessId} ended: {Exit}.")]
    private partial void LogProcessEnded(int processId, KernelExit exit);
}
