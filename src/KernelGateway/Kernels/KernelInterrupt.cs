using KernelGateway.Guarding;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Interrupts the code that one process runs, in the way that works for this kernel, and no later code.</summary>
internal sealed partial class KernelInterrupt(KernelInstance instance, KernelOptions options, ILogger logger, TimeProvider time)
{
    // A signal can abort the probe whose reply would prove that the signal was handled; the probe is then repeated.
    private const int MaxProbes = 3;
    private const int MaxRecoveryAttempts = 3;

    private readonly Lock _gate = new();
    private readonly ILogger _logger = logger;
    private Task _handled = Task.CompletedTask;
    private Task _recovery = Task.CompletedTask;
    private Task _recoverySent = Task.CompletedTask;
    private bool _needsRecovery;
    private bool _awaitsRecovery;

    /// <summary>Gets a task that completes when every interrupt so far has been sent, and answered where the kernel answers interrupts. Never faults.</summary>
    public Task Handled
    {
        get
        {
            lock (_gate) return _handled;
        }
    }

    /// <summary>Gets a task that completes when the latest recovery has been sent: what is sent afterwards runs behind it. Never faults.</summary>
    public Task RecoverySent
    {
        get
        {
            lock (_gate) return _recoverySent;
        }
    }

    /// <summary>Waits until the kernel can handle an interrupt; most kernels can at any time.</summary>
    public Task WhenPossibleAsync() => instance.Quirks.InterruptibleWithin == TimeSpan.Zero
        ? Task.CompletedTask
        : instance.TryMakeRoundTripAsync(KernelChannel.Control, instance.Quirks.InterruptibleWithin, CancellationToken.None);

    /// <summary>Sends the interrupt that works for this kernel.</summary>
    /// <param name="sparesExecutions">Whether nothing is sent while the kernel runs an execution of a context.</param>
    /// <returns>A task that completes when it has been sent. It never faults.</returns>
    public Task SendAsync(bool sparesExecutions = false)
    {
        lock (_gate)
        {
            // Under the lock: an execution that is counted later waits for this interrupt.
            if (sparesExecutions && instance.IsRunningExecution) return Task.CompletedTask;
            _needsRecovery = true;
            switch (instance.Quirks.Interrupt)
            {
                case InterruptStrategy.Signal when instance.Process is { } process:
                    var sent = process.InterruptAsync();
                    _handled = Task.WhenAll(_handled, WakeAsync(sent));
                    return sent;
                case InterruptStrategy.Restart when instance.Process is not null:
                    return Task.CompletedTask;
                default:
                    _handled = Task.WhenAll(_handled, RequestAsync());
                    return Task.CompletedTask;
            }
        }
    }

    /// <summary>Waits until an interrupt that was sent can no longer hit the next code.</summary>
    /// <remarks>
    /// A signal may still be on its way when the code has already ended by itself. A round trip through the shell channel makes
    /// the kernel handle it while no code runs; if the signal aborts the request, another one follows, and a limit ends the wait.
    /// </remarks>
    public async Task SettleAsync()
    {
        await Handled.ConfigureAwait(false);
        for (var probe = 1; probe <= MaxProbes && !instance.Closed.IsCompleted; probe++)
        {
            if (await instance.TryMakeRoundTripAsync(KernelChannel.Shell, options.CompletionGrace, CancellationToken.None).ConfigureAwait(false)) break;
        }

        await RecoverAsync().ConfigureAwait(false);
    }

    /// <summary>Runs <see cref="KernelQuirks.InterruptRecovery"/> if an interrupt was sent since the last time, and waits for its end. Never throws.</summary>
    public Task RecoverAsync()
    {
        lock (_gate)
        {
            // One that has not begun serves every interrupt so far.
            if (!_needsRecovery || _awaitsRecovery || instance.Quirks.InterruptRecovery is not { } code) return _recovery;
            _awaitsRecovery = true;
            var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var previous = _recovery;
            _recoverySent = sent.Task;
            _recovery = Task.Run(() => RecoverAsync(code, previous, sent));
            return _recovery;
        }
    }

    private async Task RecoverAsync(string code, Task previous, TaskCompletionSource sent)
    {
        try
        {
            await previous.ConfigureAwait(false);
            Task handled;
            lock (_gate)
            {
                _awaitsRecovery = _needsRecovery = false;
                handled = _handled;
            }

            await handled.ConfigureAwait(false);
            for (var attempt = 1; attempt <= MaxRecoveryAttempts; attempt++)
            {
                // The code that was interrupted has failed, and so has this when it was hit.
                if (instance.Quirks.AbortsAfterFailure is { Ticks: > 0 } pause) await Task.Delay(pause, time).ConfigureAwait(false);
                var running = instance.RunSilentlyAsync(code, CancellationToken.None);
                sent.TrySetResult();
                var reply = await running.ConfigureAwait(false);
                if (reply.Status == ReplyStatus.Ok) return;
                LogNotRecovered(reply.Error?.Value ?? reply.Status.ToString());
            }
        }
        catch (Exception exception) when (exception is KernelGatewayException or MessageFormatException)
        {
            // The kernel is too slow or has ended; nothing more can be done.
            LogNotRecovered(exception.Message);
        }
        finally
        {
            sent.TrySetResult();
        }
    }

    // An event loop that waits for a message looks at the signal when it gets one.
    private async Task WakeAsync(Task sent)
    {
        await sent.ConfigureAwait(false);
        if (instance.WakesByMessage)
        {
            await instance.TryMakeRoundTripAsync(KernelChannel.Shell, options.CompletionGrace, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task RequestAsync()
    {
        try
        {
            await instance.Client.RequestAsync<InterruptRequest, InterruptReply>(
                KernelChannel.Control, new InterruptRequest(), CancellationToken.None, options.InterruptGrace).ConfigureAwait(false);
            await WakeAsync(Task.CompletedTask).ConfigureAwait(false);
        }
        catch (KernelGatewayException exception)
        {
            // The next step of the ladder depends on the execution and not on this reply.
            LogUnanswered(exception.Message);
        }
    }

    [LoggerMessage(3302, LogLevel.Debug, "An interrupt request was not answered: {Reason}")]
    private partial void LogUnanswered(string reason);

    [LoggerMessage(3304, LogLevel.Debug, "Whether an interrupt spoils later code of the kernel is not known: {Reason}")]
    private partial void LogNotRecovered(string reason);
}
