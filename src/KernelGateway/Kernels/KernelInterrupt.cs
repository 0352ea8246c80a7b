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
    private Task _request = Task.CompletedTask;
    private Task _recovery = Task.CompletedTask;
    private bool _needsRecovery;

    /// <summary>Waits until the kernel can handle an interrupt; most kernels can at any time.</summary>
    public Task WhenPossibleAsync() => instance.Quirks.InterruptibleWithin == TimeSpan.Zero
        ? Task.CompletedTask
        : instance.TryMakeRoundTripAsync(KernelChannel.Control, instance.Quirks.InterruptibleWithin, CancellationToken.None);

    /// <summary>Sends the interrupt that works for this kernel. Returns at once.</summary>
    public void Send()
    {
        lock (_gate) _needsRecovery = true;
        var way = instance.Quirks.Interrupt;
        if (way == InterruptStrategy.Signal && instance.Process is { } process) _request = Task.WhenAll(_request, SignalAsync(process));
        else if (way == InterruptStrategy.Message || instance.Process is null) _request = Task.WhenAll(_request, RequestAsync());
    }

    /// <summary>Waits until an interrupt that was sent can no longer hit the next code.</summary>
    /// <remarks>
    /// A signal may still be on its way when the code has already ended by itself. A round trip through the shell channel makes
    /// the kernel handle it while no code runs; if the signal aborts the request, another one follows, and a limit ends the wait.
    /// </remarks>
    public async Task SettleAsync()
    {
        await _request.ConfigureAwait(false);
        for (var probe = 1; probe <= MaxProbes && !instance.Closed.IsCompleted; probe++)
        {
            if (await instance.TryMakeRoundTripAsync(KernelChannel.Shell, options.CompletionGrace, CancellationToken.None).ConfigureAwait(false)) break;
        }

        await RecoverAsync().ConfigureAwait(false);
    }

    /// <summary>Runs <see cref="KernelQuirks.InterruptRecovery"/> if an interrupt was sent since the last time, and waits for its end.</summary>
    public Task RecoverAsync()
    {
        lock (_gate)
        {
            if (_needsRecovery && instance.Quirks.InterruptRecovery is { } code) _recovery = RecoverAsync(code, _recovery);
            _needsRecovery = false;
            return _recovery;
        }
    }

    private async Task RecoverAsync(string code, Task previous)
    {
        await previous.ConfigureAwait(false);
        try
        {
            for (var attempt = 1; attempt <= MaxRecoveryAttempts; attempt++)
            {
                // The code that was interrupted has failed, and so has this when it was hit.
                if (instance.Quirks.AbortsAfterFailure is { Ticks: > 0 } pause) await Task.Delay(pause, time).ConfigureAwait(false);
                var reply = await instance.RunSilentlyAsync(code, CancellationToken.None).ConfigureAwait(false);
                if (reply.Status == ReplyStatus.Ok) return;
            }
        }
        catch (Exception exception) when (exception is KernelGatewayException or MessageFormatException)
        {
            // The kernel is too slow or has ended; nothing more can be done.
            LogNotRecovered(exception.Message);
        }
    }

    // The part before its first await has run when this returns.
    private Task SignalAsync(GuardedProcess process)
    {
        process.Interrupt();
        return WakeAsync();
    }

    // After the interrupt: an event loop that waits for a message looks at the signal when it gets one.
    private Task WakeAsync() => instance.WakesByMessage
        ? instance.TryMakeRoundTripAsync(KernelChannel.Shell, options.CompletionGrace, CancellationToken.None)
        : Task.CompletedTask;

    private async Task RequestAsync()
    {
        try
        {
            await instance.Client.RequestAsync<InterruptRequest, InterruptReply>(
                KernelChannel.Control, new InterruptRequest(), CancellationToken.None, options.InterruptGrace).ConfigureAwait(false);
            await WakeAsync().ConfigureAwait(false);
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
