using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Requests completions of the code at the cursor.</summary>
/// <remarks>Jupyter messaging 5.x, Completion.</remarks>
public sealed record CompleteRequest : IMessageContent<CompleteRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CompleteRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <summary>
    /// Gets the position of the cursor, in Unicode code points, not in UTF-16 units; see <see cref="CodePoints"/>.
    /// </summary>
    public int CursorPosition { get; init; }

    /// <inheritdoc/>
    public static CompleteRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CompleteRequest
        {
            Code = fields["code"u8].AsText() ?? "",
            CursorPosition = fields["cursor_pos"u8].AsInt32() ?? 0,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("code"u8, Code);
        writer.WriteNumber("cursor_pos"u8, CursorPosition);
        writer.WriteEndObject();
    }
}

/// <summary>Lists completions.</summary>
/// <remarks>Jupyter messaging 5.x, Completion.</remarks>
public sealed record CompleteReply : ReplyContent, IMessageContent<CompleteReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CompleteReply;

    /// <summary>Gets the texts that could replace the range.</summary>
    public IReadOnlyList<string> Matches { get; init; } = [];

    /// <summary>Gets where the replaced range begins, in Unicode code points.</summary>
    public int CursorStart { get; init; }

    /// <summary>Gets where the replaced range ends, in Unicode code points.</summary>
    public int CursorEnd { get; init; }

    /// <summary>Gets extra information, such as ipykernel's types of the matches.</summary>
    public JObject Metadata { get; init; } = [];

    /// <inheritdoc/>
    public static CompleteReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CompleteReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            Matches = fields["matches"u8].AsTextList(),
            CursorStart = fields["cursor_start"u8].AsInt32() ?? 0,
            CursorEnd = fields["cursor_end"u8].AsInt32() ?? 0,
            Metadata = fields["metadata"u8].AsObject(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteTexts("matches"u8, Matches);
        writer.WriteNumber("cursor_start"u8, CursorStart);
        writer.WriteNumber("cursor_end"u8, CursorEnd);
        writer.WriteToken("metadata"u8, Metadata);
        writer.WriteEndObject();
    }
}
