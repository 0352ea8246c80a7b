namespace KernelGateway.Executions;

/// <summary>The code raised, or the gateway ended it and says why.</summary>
public sealed class ErrorEvent : ExecutionEvent
{
    /// <summary>Gets the error.</summary>
    public required ExecutionError Error { get; init; }
}
