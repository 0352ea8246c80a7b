using KernelGateway.Executions;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Waits for what an execution does.</summary>
internal static class ExecutionSignals
{
    /// <summary>Waits for the first output, so that the code is known to be in the middle of its work.</summary>
    public static async Task OutputAsync(Execution execution, CancellationToken cancellationToken)
    {
        await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (executionEvent is StreamEvent) return;
            if (executionEvent is EndEvent end) throw new InvalidOperationException($"It ended without output: {end.End}");
        }
    }
}
