using KernelGateway.Guarding;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Finds out what the loss of an attached kernel's connection means: its end, another process in its place, or only that.</summary>
/// <remarks>
/// Nobody tells that the owner has restarted a kernel: jupyter_client starts the new process on the old ports and leaves the connection
/// file as it is, and sockets reconnect by themselves. So who is there after a loss is asked, and known by the session of its messages.
/// Heartbeat alone decides nothing, IRkernel has none while it computes.
/// </remarks>
internal sealed class AttachmentWatch(
    KernelConnectionInfo info, KernelClient client, ForeignCode foreign, KernelOptions options, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _judgement = new();
    private Task _judging = Task.CompletedTask;
    private bool _isStopped;

    /// <summary>Gets or sets the session in the messages of the process that is connected.</summary>
    public string KernelSession { get; set; } = "";

    /// <summary>Gets what is called when it is over, or replaced, which is a restart.</summary>
    public required Action<KernelCloseReason> Over { get; init; }

    /// <summary>Gets or sets what is called when nothing should be sent any more: who would get it is not known.</summary>
    public Action? Doubted { get; set; }

    /// <summary>Gets or sets what is called when it turned out to be the same process.</summary>
    public Action? Trusted { get; set; }

    /// <summary>Begins to judge a loss; whatever was found out about the one before it counts no more.</summary>
    /// <param name="both">Whether shell and iopub were lost; one of them matters while a loss is judged: a question may have gone with it.</param>
    public void OnLost(bool both)
    {
        lock (_gate)
        {
            if (_isStopped || (!both && _judging.IsCompleted)) return;
            _ = _judgement.CancelAsync();
            _judgement = new CancellationTokenSource();
            _judging = JudgeAsync(_judging, _judgement.Token);
        }
    }

    /// <summary>Gives up judging: nobody needs to know any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _ = _judgement.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _judging.ConfigureAwait(false);
    }

    private async Task JudgeAsync(Task former, CancellationToken stop)
    {
        // Off the socket's own loop, which has to go on for the answers to come.
        await former.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (await Guarded.InvokeAsync(logger, "Finding out what became of an attached kernel", () => JudgeAsync(stop)).ConfigureAwait(false)) return;

        // Nobody else ends what waits for the kernel.
        if (!stop.IsCancellationRequested) Over(KernelCloseReason.ConnectionLost);
    }

    private async Task JudgeAsync(CancellationToken stop)
    {
        Doubted?.Invoke();
        var isAlive = await HeartbeatProbe.IsAliveAsync(info, options.ConnectionLossGrace, time, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested) return;
        if (!isAlive && !client.Connection.IsConnected)
        {
            Over(KernelCloseReason.ConnectionLost);
            return;
        }

        var waiting = client.GetWaiting();
        var foreignCode = foreign.GetUnended();
        var asking = IsReplacedAsync(stop);
        if (!await IsAnsweredAsync(asking, stop).ConfigureAwait(false))
        {
            // A new process has nothing to do and answers; one that computes, or waits for an input reply, is the old one most likely.
            Trusted?.Invoke();
        }

        if (await asking.ConfigureAwait(false) is not { } isReplaced) return;
        if (isReplaced)
        {
            Over(KernelCloseReason.Restarted);
            return;
        }

        // Requests are answered in the order in which they came. An execution whose end went with the connection would never end.
        foreach (var handler in waiting) handler.OnOvertaken();
        foreign.OnOvertaken(foreignCode);
        Trusted?.Invoke();
    }

    // Null: it is over, or lost again, which is judged anew.
    private async Task<bool?> IsReplacedAsync(CancellationToken stop)
    {
        try
        {
            // The subscription has to have reached it anew, too, before anything is run.
            var readiness = new KernelReadiness(client, time);
            await readiness.WaitAsync(stop).ConfigureAwait(false);

            // IRkernel's messages carry the session of who asks and tell nothing. Where all connections were lost it is another one.
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
