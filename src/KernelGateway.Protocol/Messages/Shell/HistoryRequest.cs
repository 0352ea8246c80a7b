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

    /// <summary>Gets, for a range, the line behind the last.</summary>
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
