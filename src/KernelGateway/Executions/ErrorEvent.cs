namespace KernelGateway.Executions;

/// <summary>The code raised, or the gateway ended it and says why.</summary>
public sealed class ErrorEvent : ExecutionEvent
{
    internal ErrorEvent(JournalEntry entry)
        : base(entry) => Error = ExecutionError.Read(entry.Payload);

    /// <summary>Gets the error.</summary>
    public ExecutionError Error { get; }
}
