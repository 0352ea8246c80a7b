namespace KernelGateway.Executions;

/// <summary>The result of an execution: its events combined into one value.</summary>
/// <param name="Results">Results and displays, updates applied and cleared output left out.</param>
/// <param name="Logs">What it wrote.</param>
/// <param name="Error">What it raised, or null.</param>
/// <param name="ExecutionCount">The kernel's number for the cell, or null.</param>
/// <param name="End">How it ended, or null when it has not ended yet.</param>
public sealed record ExecutionResult(
    IReadOnlyList<ExecutionOutput> Results,
    ExecutionLogs Logs,
    ExecutionError? Error,
    int? ExecutionCount,
    ExecutionEnd? End)
{
    /// <summary>Gets the plain text of the value of the cell, or null when it has none.</summary>
    public string? Text => Results.FirstOrDefault(result => result.IsMainResult)?.Text;
}
