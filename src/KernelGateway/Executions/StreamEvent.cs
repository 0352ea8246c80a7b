using KernelGateway.Protocol.Json;

namespace KernelGateway.Executions;

/// <summary>A chunk of standard output or standard error, cut where the kernel cut it.</summary>
public sealed class StreamEvent : ExecutionEvent
{
    internal StreamEvent(JournalEntry entry)
        : base(entry)
    {
        IsStderr = entry.Kind == ExecutionEventKind.Stderr;
        Text = new RawJson(entry.Payload).AsString() ?? "";
    }

    /// <summary>Gets a value indicating whether it was written to standard error.</summary>
    public bool IsStderr { get; }

    /// <summary>Gets the text.</summary>
    public string Text { get; }
}
