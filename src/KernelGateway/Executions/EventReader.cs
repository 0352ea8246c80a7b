using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Executions;

/// <summary>Creates the events of journal entries.</summary>
internal static class EventReader
{
    /// <summary>Creates the event of an entry; it copies what it keeps, so the entry can be released.</summary>
    public static ExecutionEvent Read(JournalEntry entry) => entry.Kind switch
    {
        ExecutionEventKind.Started => new StartedEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            ExecutionCount = entry.Payload.Field("execution_count"u8).AsInt32(),
        },
        ExecutionEventKind.Stdout or ExecutionEventKind.Stderr => new StreamEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            IsStderr = entry.Kind == ExecutionEventKind.Stderr,
            Text = new RawJson(entry.Payload).AsString() ?? "",
        },
        ExecutionEventKind.Result or ExecutionEventKind.Display => ReadResult(entry),
        ExecutionEventKind.ResultUpdate => new ResultUpdateEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            Data = DisplayContent.ReadBundle(entry.Payload),
            Metadata = DisplayContent.ReadMetadata(entry.Payload),
            Added = DisplayContent.ReadAdded(entry.Payload),
            DisplayId = DisplayContent.ReadDisplayId(entry.Payload),
        },
        ExecutionEventKind.ClearOutput => new ClearOutputEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            Wait = entry.Payload.Field("wait"u8).AsBoolean() ?? false,
        },
        ExecutionEventKind.Error => new ErrorEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            Error = ReadError(entry.Payload),
        },
        ExecutionEventKind.InputRequest => new InputRequestEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            Prompt = entry.Payload.Field("prompt"u8).AsString() ?? "",

            // "pwd": xeus-python 0.14.
            IsPassword = (entry.Payload.Field("password"u8).AsBoolean() ?? entry.Payload.Field("pwd"u8).AsBoolean()) == true,
        },
        ExecutionEventKind.End => new EndEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            End = ExecutionEnd.FromJson(new RawJson(entry.Payload).AsObject()),
        },
        _ => throw new InvalidOperationException($"A journal has no entries of kind {entry.Kind}."),
    };

    /// <summary>Reads the error in the content of an error message or of an error reply.</summary>
    public static ExecutionError ReadError(ReadOnlyMemory<byte> content) => new(
        content.Field("ename"u8).AsString() ?? "",
        content.Field("evalue"u8).AsString() ?? "",
        content.Field("traceback"u8).AsTextList());   // octave sends a string instead of a list

    private static ResultEvent ReadResult(JournalEntry entry)
    {
        var isMainResult = entry.Kind == ExecutionEventKind.Result;
        return new ResultEvent
        {
            Sequence = entry.Sequence,
            Timestamp = entry.Timestamp,
            IsLate = entry.IsLate,
            IsMainResult = isMainResult,
            Data = DisplayContent.ReadBundle(entry.Payload),
            Metadata = DisplayContent.ReadMetadata(entry.Payload),
            Added = DisplayContent.ReadAdded(entry.Payload),
            DisplayId = DisplayContent.ReadDisplayId(entry.Payload),
            ExecutionCount = isMainResult ? entry.Payload.Field("execution_count"u8).AsInt32() : null,
        };
    }
}
