using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Carries something to be shown.</summary>
/// <remarks>Jupyter messaging 5.x, Display data.</remarks>
public sealed record DisplayData : IMessageContent<DisplayData>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DisplayData;

    /// <summary>Gets the value in its representations.</summary>
    public MimeBundle Data { get; init; } = MimeBundle.Empty;

    /// <summary>Gets metadata of the representations, such as an image's size.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the id by which the display can be updated; null when it never will be.</summary>
    public string? DisplayId { get; init; }

    /// <inheritdoc/>
    public static DisplayData Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new DisplayData
        {
            Data = MimeBundle.From(fields["data"u8]),
            Metadata = fields["metadata"u8].AsObject(),
            DisplayId = DisplayTransient.ReadDisplayId(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WritePropertyName("data"u8);
        Data.WriteTo(writer);
        writer.WriteToken("metadata"u8, Metadata);
        DisplayTransient.Write(writer, DisplayId);
        writer.WriteEndObject();
    }
}
