using KernelGateway.Guarding;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Finds out whether an attached kernel whose connection was lost has ended, was replaced by another process, or still runs.
/// </summary>
/// <remarks>
/// The gateway is not notified when the owner restarts a kernel: jupyter_client starts the new process on the old ports, leaves
/// the connection file as it is, and the sockets reconnect. After a loss the gateway therefore sends a request, and recognizes
/// the process by the session id in its messages. The heartbeat alone does not decide: IRkernel does not answer it while it
/// computes.
/// </remarks>
internal sealed class AttachmentWatch(
    KernelClient client, ExternalRequests external, KernelOptions options, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _check = new();
    private Task _checking = Task.CompletedTask;
    private bool _isStopped;

    /// <summary>Gets or sets the session in the messages of the process that is connected.</summary>
    public string KernelSession { get; set; } = "";

    /// <summary>Gets the callback for a kernel that has ended, or was replaced (a restart).</summary>
    public required Action<KernelCloseReason> Gone { get; init; }

    /// <summary>Gets or sets the callback for a lost connection: until the check is done, nothing may be sent.</summary>
    public Action? Suspect { get; set; }

    /// <summary>Gets or sets the callback for a kernel that turned out to be the same process.</summary>
    public Action? Alive { get; set; }

    /// <summary>Starts a check after a loss; it replaces the check of an earlier loss.</summary>
    /// <param name="both">Whether shell and iopub were lost. The loss of one matters only during a check, whose request may be
    /// lost with it.</param>
    public void OnLost(bool both)
    {
        lock (_gate)
        {
            if (_isStopped || (!both && _checking.IsCompleted)) return;
            _ = _check.CancelAsync();
            _check = new CancellationTokenSource();
            _checking = CheckAsync(_checking, _check.Token);
        }
    }

    /// <summary>Stops the check.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _ = _check.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _checking.ConfigureAwait(false);
    }

    private async Task CheckAsync(Task former, CancellationToken stop)
    {
        // Not on the socket's receive loop: the replies arrive through it.
        await former.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (await Guarded.InvokeAsync(logger, "Finding out what became of an attached kernel", () => CheckAsync(stop)).ConfigureAwait(false)) return;

        // The requests that wait for the kernel are ended here only.
        if (!stop.IsCancellationRequested) Gone(KernelCloseReason.ConnectionLost);
    }

    private async Task CheckAsync(CancellationToken stop)
    {
        Suspect?.Invoke();
        var isAlive = await HeartbeatProbe.IsAliveAsync(client.Connection.PingAsync, options.ConnectionLossGrace, time, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested) return;
        if (!isAlive && !client.Connection.IsConnected)
        {
            Gone(KernelCloseReason.ConnectionLost);
            return;
        }

        var waiting = client.GetWaiting();
        var externalRequests = external.GetPending();
        var asking = IsReplacedAsync(stop);
        if (!await IsAnsweredAsync(asking, stop).ConfigureAwait(false))
        {
            // A new process is idle and answers. A process that computes, or waits for an input reply, is most likely the old
            // one.
            Alive?.Invoke();
        }

        if (await asking.ConfigureAwait(false) is not { } isReplaced) return;
        if (isReplaced)
        {
            Gone(KernelCloseReason.Restarted);
            return;
        }

        // Requests are answered in order. An execution whose reply was lost with the connection would otherwise never end.
        foreach (var handler in waiting) handler.OnResponsesLost();
        external.OnResponsesLost(externalRequests);
        Alive?.Invoke();
    }

    // Null: the kernel has ended, or the connection was lost again, which starts a new check.
    private async Task<bool?> IsReplacedAsync(CancellationToken stop)
    {
        try
        {
            // Before anything runs, the new subscription must have reached the kernel.
            var readiness = new KernelReadiness(client, time);
            await readiness.WaitAsync(stop).ConfigureAwait(false);

            // IRkernel's messages carry the session id of the request, which identifies nothing. It counts as replaced.
            return readiness.KernelSession != KernelSession || KernelSession == client.SessionId;
        }
        catch (Exception exception) when (exception is OperationCanceledException or KernelGatewayException)
        {
            return null;
        }
    }

    private async Task<bool> IsAnsweredAsync(Task asking, CancellationToken stop)
    {
        try
        {
            await asking.WaitAsync(options.ConnectionLossGrace, time, stop).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
