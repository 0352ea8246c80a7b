using KernelGateway.Executions;
using KernelGateway.Kernels;

namespace KernelGateway.Contexts;

/// <summary>Makes running code stop, rung by rung: interrupt, interrupt again, restart.</summary>
internal sealed class KernelInterrupter(Kernel kernel, TimeSpan grace, TimeProvider time)
{
    private const int Attempts = 2;

    /// <summary>Interrupts one execution and waits for its end.</summary>
    /// <returns>True when it ended because of this; false when it was over before.</returns>
    public async Task<bool> InterruptAsync(KernelInstance instance, ExecutionRun run, InterruptCause cause)
    {
        if (instance.Quirks.Interrupt == InterruptStrategy.Restart)
        {
            if (!run.TryInterrupt(cause, static () => { })) return false;
        }
        else
        {
            // Somebody else's code came in between: the interrupt is not for that.
            if (instance.Foreign.IsThere) await IsWithinGraceAsync(run.Begun).ConfigureAwait(false);
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                await instance.Interrupt.WhenPossibleAsync().ConfigureAwait(false);
                if (!run.TryInterrupt(cause, instance.Interrupt.Send)) return attempt > 1;
                if (await IsWithinGraceAsync(run.Ended).ConfigureAwait(false)) return true;
            }
        }

        if (kernel.IsAttached)
        {
            // Not ours to restart: the caller gets an end, and the message says what it is worth.
            return run.TryEnd(
                cause == InterruptCause.TimedOut ? ExecutionEndReason.TimedOut : ExecutionEndReason.Interrupted,
                "The kernel did not react to the interrupt and is not the gateway's to restart; it may still be running this code.");
        }

        try
        {
            await kernel.RestartAfterInterruptAsync(instance).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KernelGatewayException or ObjectDisposedException or OperationCanceledException)
        {
            // The execution has ended all the same; the next one learns that there is no kernel.
        }

        await run.Ended.ConfigureAwait(false);
        return true;
    }

    private async Task<bool> IsWithinGraceAsync(Task task)
    {
        try
        {
            await task.WaitAsync(grace, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
