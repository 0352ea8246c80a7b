using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Comms;

/// <summary>Carries data over an open comm.</summary>
/// <remarks>Jupyter messaging 5.x, Comm messages.</remarks>
public sealed record CommMessage : IMessageContent<CommMessage>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommMessage;

    /// <summary>Gets the comm's id.</summary>
    public required string CommId { get; init; }

    /// <summary>Gets the data.</summary>
    public JObject Data { get; init; } = [];

    /// <inheritdoc/>
    public static CommMessage Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommMessage
        {
            CommId = fields["comm_id"u8].AsText() ?? "",
            Data = fields["data"u8].AsObject(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("comm_id"u8, CommId);
        writer.WriteToken("data"u8, Data);
        writer.WriteEndObject();
    }
}
