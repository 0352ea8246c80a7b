namespace KernelGateway.Executions;

/// <summary>The code asks to clear what it has shown so far.</summary>
public sealed class ClearOutputEvent : ExecutionEvent
{
    /// <summary>Gets a value indicating whether to clear only when the next output arrives.</summary>
    public bool Wait { get; init; }
}
