namespace KernelGateway.Executions;

/// <summary>The execution has ended; only late output follows.</summary>
public sealed class EndEvent : ExecutionEvent
{
    /// <summary>Gets how it ended.</summary>
    public required ExecutionEnd End { get; init; }
}
