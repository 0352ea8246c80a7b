namespace KernelGateway.Executions;

/// <summary>A chunk of standard output or standard error, cut where the kernel cut it.</summary>
public sealed class StreamEvent : ExecutionEvent
{
    /// <summary>Gets a value indicating whether it was written to standard error.</summary>
    public bool IsStderr { get; init; }

    /// <summary>Gets the text.</summary>
    public required string Text { get; init; }
}
