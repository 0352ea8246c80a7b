namespace KernelGateway.Executions;

/// <summary>One thing an execution did, in the order in which it did it.</summary>
/// <remarks>Events are created by implementations of <see cref="ICodeInterpreter"/>, those of tests among them.</remarks>
public abstract class ExecutionEvent
{
    private protected ExecutionEvent()
    {
    }

    /// <summary>
    /// Gets the position in the execution, 1 for the first event and without gaps. A reader can resume after it.
    /// </summary>
    public long Sequence { get; init; }

    /// <summary>Gets when the gateway received it, UTC.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Gets a value indicating whether it came after the end: output of a thread or a timer that outlived the cell.</summary>
    public bool IsLate { get; init; }
}
