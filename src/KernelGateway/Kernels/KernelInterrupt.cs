using KernelGateway.Guarding;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Interrupts what one process runs, in the way that works for it, and nothing that comes after.</summary>
internal sealed partial class KernelInterrupt(KernelInstance instance, KernelOptions options, ILogger logger, TimeProvider time)
{
    // A signal can eat the question whose answer would say that it has been taken; another one takes its place.
    private const int MaxQuestions = 3;
    private const int MaxSpendings = 3;

    private readonly ILogger _logger = logger;
    private Task _request = Task.CompletedTask;
    private volatile bool _mayBeKept;

    /// <summary>Waits for a moment at which the kernel can take an interrupt; most can at any.</summary>
    public Task WhenPossibleAsync() => instance.Quirks.InterruptibleWithin == TimeSpan.Zero
        ? Task.CompletedTask
        : instance.TryMakeRoundTripAsync(KernelChannel.Control, instance.Quirks.InterruptibleWithin, CancellationToken.None);

    /// <summary>Sends the interrupt that works for this kernel. Returns at once.</summary>
    public void Send()
    {
        _mayBeKept = true;
        var way = instance.Quirks.Interrupt;
        if (way == InterruptStrategy.Signal && instance.Process is { } process) _request = Task.WhenAll(_request, SignalAsync(process));
        else if (way == InterruptStrategy.Message || instance.Process is null) _request = Task.WhenAll(_request, RequestAsync());
    }

    /// <summary>Waits until an interrupt that was sent can no longer hit what runs next.</summary>
    /// <remarks>
    /// A signal may still be on its way when the code has already ended by itself. A round trip through the shell channel makes
    /// the kernel take it while nothing of anybody's runs; if the signal eats the request, another one follows, and a limit ends the wait.
    /// </remarks>
    public async Task SettleAsync()
    {
        await _request.ConfigureAwait(false);
        for (var question = 1; question <= MaxQuestions && !instance.Closed.IsCompleted; question++)
        {
            if (await instance.TryMakeRoundTripAsync(KernelChannel.Shell, options.CompletionGrace, CancellationToken.None).ConfigureAwait(false)) break;
        }

        await SpendKeptAsync().ConfigureAwait(false);
    }

    /// <summary>Gives a kernel that is known to keep an interrupt for the code to come some of ours to spend it on; others nothing.</summary>
    public async Task SpendKeptAsync()
    {
        if (!_mayBeKept || instance.Quirks.SpendsInterrupt is not { } code) return;
        _mayBeKept = false;
        try
        {
            for (var attempt = 1; attempt <= MaxSpendings; attempt++)
            {
                // The code that was interrupted has failed, and so has this when it was hit.
                await Task.Delay(instance.Quirks.AbortsAfterFailure, time).ConfigureAwait(false);
                var reply = await instance.RunSilentlyAsync(code, CancellationToken.None).ConfigureAwait(false);
                if (reply.Status == ReplyStatus.Ok) return;
            }
        }
        catch (Exception exception) when (exception is KernelGatewayException or MessageFormatException)
        {
            // Too slow or over; either way nothing more can be done.
            LogNotSpent(exception.Message);
        }
    }

    // What it does up to the first wait is done when this returns.
    private Task SignalAsync(GuardedProcess process)
    {
        process.Interrupt();
        return WakeAsync();
    }

    // Behind the interrupt: an event loop that waits for a message looks at the signal when it gets one.
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
            // The ladder goes on by what it sees of the execution, not by this reply.
            LogUnanswered(exception.Message);
        }
    }

    [LoggerMessage(3302, LogLevel.Debug, "An interrupt request was not answered: {Reason}")]
    private partial void LogUnanswered(string reason);

    [LoggerMessage(3304, LogLevel.Debug, "Whether the kernel has kept an interrupt is not known: {Reason}")]
    private partial void LogNotSpent(string reason);
}
