using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Lists inputs of the past.</summary>
/// <remarks>
/// Jupyter messaging 5.x, History. An entry is <c>[session, line, input]</c> or <c>[session, line, [input, output]]</c>; xeus
/// sends the numbers as strings, octave as null.
/// </remarks>
public sealed record HistoryReply : ReplyContent, IMessageContent<HistoryReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.HistoryReply;

    /// <summary>Gets the entries, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <inheritdoc/>
    public static HistoryReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new HistoryReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            History = ReadHistory(fields["history"u8]),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteStartArray("history"u8);
        foreach (var entry in History) WriteEntry(writer, entry);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static List<HistoryEntry> ReadHistory(RawJson history)
    {
        var entries = new List<HistoryEntry>();
        foreach (var entry in history.EnumerateArray())
        {
            RawJson session = default, line = default, text = default;
            var position = 0;
            foreach (var item in entry.EnumerateArray())
            {
                if (position == 0) session = item;
                if (position == 1) line = item;
                if (position == 2) text = item;
                position++;
            }
            if (position < 3) continue;   // nothing to show
            var (input, output) = ReadInputAndOutput(text);
            entries.Add(new HistoryEntry(session.AsInt64(), line.AsInt64(), input, output));
        }
        return entries;
    }

    private static (string Input, string? Output) ReadInputAndOutput(RawJson text)
    {
        if (text.Kind != JsonValueKind.Array) return (text.AsText() ?? "", null);
        string? input = null, output = null;
        var position = 0;
        foreach (var item in text.EnumerateArray())
        {
            if (position == 0) input = item.AsText();
            if (position == 1) output = item.AsText();
            position++;
        }
        return (input ?? "", output);
    }

    private static void WriteEntry(Utf8JsonWriter writer, HistoryEntry entry)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(entry.Session ?? 0);
        writer.WriteNumberValue(entry.Line ?? 0);
        if (entry.Output is null)
        {
            writer.WriteStringValue(entry.Input);
        }
        else
        {
            writer.WriteStartArray();
            writer.WriteStringValue(entry.Input);
            writer.WriteStringValue(entry.Output);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }
}
