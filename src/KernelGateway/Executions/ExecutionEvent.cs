namespace KernelGateway.Executions;

/// <summary>One thing an execution did, in the order in which it did it.</summary>
public abstract class ExecutionEvent
{
    private protected ExecutionEvent(JournalEntry entry)
    {
        Sequence = entry.Sequence;
        Timestamp = entry.Timestamp;
        IsLate = entry.IsLate;
    }

    /// <summary>
    /// Gets the position in the execution, 1 for the first event and without gaps. A reader can resume after it.
    /// </summary>
    public long Sequence { get; }

    /// <summary>Gets when the gateway received it, UTC.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>Gets a value indicating whether it came after the end: output of a thread or a timer that outlived the cell.</summary>
    public bool IsLate { get; }

    /// <summary>Creates the event of a journal entry; it copies what it keeps, so the entry can be released.</summary>
    internal static ExecutionEvent From(JournalEntry entry) => entry.Kind switch
    {
        ExecutionEventKind.Started => new StartedEvent(entry),
        ExecutionEventKind.Stdout or ExecutionEventKind.Stderr => new StreamEvent(entry),
        ExecutionEventKind.Result or ExecutionEventKind.Display => new ResultEvent(entry),
        ExecutionEventKind.ResultUpdate => new ResultUpdateEvent(entry),
        ExecutionEventKind.ClearOutput => new ClearOutputEvent(entry),
        ExecutionEventKind.Error => new ErrorEvent(entry),
        ExecutionEventKind.InputRequest => new InputRequestEvent(entry),
        ExecutionEventKind.End => new EndEvent(entry),
        _ => throw new InvalidOperationException($"A journal has no entries of kind {entry.Kind}."),
    };
}
