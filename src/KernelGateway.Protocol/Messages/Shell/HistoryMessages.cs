using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks for earlier inputs.</summary>
/// <remarks>Jupyter messaging 5.x, History.</remarks>
public sealed record HistoryRequest : IMessageContent<HistoryRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.HistoryRequest;

    /// <summary>Gets whether to send the outputs as well.</summary>
    public bool IncludeOutput { get; init; }

    /// <summary>Gets whether to send the inputs as typed rather than as transformed.</summary>
    public bool IsRaw { get; init; } = true;

    /// <summary>Gets <c>range</c>, <c>tail</c> or <c>search</c>.</summary>
    public string AccessType { get; init; } = "tail";

    /// <summary>Gets, for a range, the session: 0 is the present one, negative numbers count back.</summary>
    public int? Session { get; init; }

    /// <summary>Gets, for a range, the first line.</summary>
    public int? Start { get; init; }

    /// <summary>Gets, for a range, the line after the last one.</summary>
    public int? Stop { get; init; }

    /// <summary>Gets, for a tail or search, how many entries at most.</summary>
    public int? Count { get; init; }

    /// <summary>Gets, for a search, the glob to match.</summary>
    public string? Pattern { get; init; }

    /// <summary>Gets, for a search, whether to leave out repetitions.</summary>
    public bool? IsUnique { get; init; }

    /// <inheritdoc/>
    public static HistoryRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new HistoryRequest
        {
            IncludeOutput = fields["output"u8].AsBoolean() ?? false,
            IsRaw = fields["raw"u8].AsBoolean() ?? true,
            AccessType = fields["hist_access_type"u8].AsText() ?? "tail",
            Session = fields["session"u8].AsInt32(),
            Start = fields["start"u8].AsInt32(),
            Stop = fields["stop"u8].AsInt32(),
            Count = fields["n"u8].AsInt32(),
            Pattern = fields["pattern"u8].AsText(),
            IsUnique = fields["unique"u8].AsBoolean(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("output"u8, IncludeOutput);
        writer.WriteBoolean("raw"u8, IsRaw);
        writer.WriteString("hist_access_type"u8, AccessType);
        if (Session is { } session) writer.WriteNumber("session"u8, session);
        if (Start is { } start) writer.WriteNumber("start"u8, start);
        if (Stop is { } stop) writer.WriteNumber("stop"u8, stop);
        if (Count is { } count) writer.WriteNumber("n"u8, count);
        if (Pattern is not null) writer.WriteString("pattern"u8, Pattern);
        if (IsUnique is { } isUnique) writer.WriteBoolean("unique"u8, isUnique);
        writer.WriteEndObject();
    }
}

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

/// <summary>One earlier input.</summary>
/// <param name="Session">The session's number; null from octave.</param>
/// <param name="Line">The line's number within the session; null from octave.</param>
/// <param name="Input">The code.</param>
/// <param name="Output">Its output; null when there was none or it was not requested.</param>
public sealed record HistoryEntry(long? Session, long? Line, string Input, string? Output = null);
