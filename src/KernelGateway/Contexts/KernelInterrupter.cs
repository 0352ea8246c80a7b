using KernelGateway.Executions;
using KernelGateway.Kernels;

namespace KernelGateway.Contexts;

/// <summary>Stops running code step by step: interrupt, interrupt again, restart.</summary>
internal sealed class KernelInterrupter(Kernel kernel, TimeSpan grace, TimeProvider time)
{
    private const int Attempts = 2;

    /// <summary>Interrupts one execution and waits until it has ended or its code is through, whichever is sooner.</summary>
    /// <remarks>Each step has its own time limit, which output of the code does not extend.</remarks>
    public async Task InterruptAsync(KernelInstance instance, ExecutionRun run, ExecutionStopCause cause)
    {
        if (instance.Quirks.Interrupt != InterruptStrategy.Restart)
        {
            // Code of another client came in between; the interrupt must not hit it.
            if (instance.ExternalRequests.Any) await IsWithinGraceAsync(run.Begun).ConfigureAwait(false);
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                await instance.Interrupt.WhenPossibleAsync().ConfigureAwait(false);
                if (!run.TryInterrupt(cause, () => _ = instance.Interrupt.SendAsync())) return;
                if (await IsWithinGraceAsync(run.Ended).ConfigureAwait(false)) return;
            }
        }

        // The reply may have arrived in the meantime, so that only the idle status is missing.
        if (!run.TryInterrupt(cause, static () => { })) return;
        if (kernel.IsAttached)
        {
            // The gateway cannot restart an attached kernel. The execution ends, and the message says that its code may still
            // run.
            run.TryEnd(
                reason: null, "The kernel did not react to the interrupt and cannot be restarted by the gateway; it may still be running this code.");
            return;
        }

        try
        {
            await kernel.RestartAfterInterruptAsync(
                instance, $"execution {run.ExecutionId} did not stop when it was interrupted ({cause})").ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is KernelGatewayException or ObjectDisposedException or OperationCanceledException)
        {
            // The execution has ended anyway; the next one reports that there is no kernel.
        }
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
