using KernelGateway.Protocol.Json;

namespace KernelGateway.Executions;

/// <summary>The execution has ended; only late output follows.</summary>
public sealed class EndEvent : ExecutionEvent
{
    internal EndEvent(JournalEntry entry)
        : base(entry) => End = ExecutionEnd.FromJson(new RawJson(entry.Payload).AsObject());

    /// <summary>Gets how it ended.</summary>
    public ExecutionEnd End { get; }
}
