using KernelGateway.Executions;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Waits for events of an execution.</summary>
internal static class ExecutionSignals
{
    /// <summary>Waits for the first output, after which the code is known to be running.</summary>
    public static async Task OutputAsync(Execution execution, CancellationToken cancellationToken)
    {
        await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (executionEvent is StreamEvent) return;
            if (executionEvent is EndEvent end) throw new InvalidOperationException($"The execution ended without output: {end.End}");
        }
    }
}
