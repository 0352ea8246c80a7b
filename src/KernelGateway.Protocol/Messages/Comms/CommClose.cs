using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Comms;

/// <summary>Closes a comm, or refuses one with an unknown target.</summary>
/// <remarks>Jupyter messaging 5.x, Tearing down comms.</remarks>
public sealed record CommClose : IMessageContent<CommClose>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommClose;

    /// <summary>Gets the comm's id.</summary>
    public required string CommId { get; init; }

    /// <summary>Gets last words.</summary>
    public JObject Data { get; init; } = [];

    /// <inheritdoc/>
    public static CommClose Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommClose
        {
            CommId = fields["comm_id"u8].AsText() ?? "",
            Data = fields["data"u8].AsObject(),   // IRkernel: [] for {}
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
