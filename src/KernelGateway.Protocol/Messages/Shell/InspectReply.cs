using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Tells what is known about an object.</summary>
/// <remarks>Jupyter messaging 5.x, Introspection.</remarks>
public sealed record InspectReply : ReplyContent, IMessageContent<InspectReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InspectReply;

    /// <summary>Gets whether an object was found; where the field is missing, a description says yes.</summary>
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
