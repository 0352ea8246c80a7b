using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Requests a description of the object at a position in the code.</summary>
/// <remarks>Jupyter messaging 5.x, Introspection.</remarks>
public sealed record InspectRequest : IMessageContent<InspectRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InspectRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <summary>
    /// Gets the position of the cursor, in Unicode code points, not in UTF-16 units; see <see cref="CodePoints"/>.
    /// </summary>
    public int CursorPosition { get; init; }

    /// <summary>Gets 0 for documentation, 1 for the source as well.</summary>
    public int DetailLevel { get; init; }

    /// <inheritdoc/>
    public static InspectRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InspectRequest
        {
            Code = fields["code"u8].AsText() ?? "",
            CursorPosition = fields["cursor_pos"u8].AsInt32() ?? 0,
            DetailLevel = fields["detail_level"u8].AsInt32() ?? 0,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("code"u8, Code);
        writer.WriteNumber("cursor_pos"u8, CursorPosition);
        writer.WriteNumber("detail_level"u8, DetailLevel);
        writer.WriteEndObject();
    }
}

/// <summary>Contains the description of an object.</summary>
/// <remarks>Jupyter messaging 5.x, Introspection.</remarks>
public sealed record InspectReply : ReplyContent, IMessageContent<InspectReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InspectReply;

    /// <summary>Gets whether an object was found. If the field is missing, a description means that it was found.</summary>
    public bool IsFound { get; init; }

    /// <summary>Gets the description; empty when nothing was found.</summary>
    public MimeBundle Data { get; init; } = MimeBundle.Empty;

    /// <summary>Gets the description's metadata.</summary>
    public JObject Metadata { get; init; } = [];

    /// <inheritdoc/>
    public static InspectReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InspectReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            IsFound = fields["found"u8].AsBoolean() ?? ContentReader.EnumerateProperties(fields["data"u8].Bytes).MoveNext(),
            Data = MimeBundle.From(fields["data"u8]),
            Metadata = fields["metadata"u8].AsObject(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteBoolean("found"u8, IsFound);
        writer.WritePropertyName("data"u8);
        Data.WriteTo(writer);
        writer.WriteToken("metadata"u8, Metadata);
        writer.WriteEndObject();
    }
}
