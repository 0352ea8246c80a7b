using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks which comms are open.</summary>
/// <remarks>Jupyter messaging 5.x, Comm info.</remarks>
public sealed record CommInfoRequest : IMessageContent<CommInfoRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CommInfoRequest;

    /// <summary>Gets the only target to list; null for all.</summary>
    public string? TargetName { get; init; }

    /// <inheritdoc/>
    public static CommInfoRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CommInfoRequest
        {
            TargetName = fields["target_name"u8].AsText(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        if (TargetName is not null) writer.WriteString("target_name"u8, TargetName);
        writer.WriteEndObject();
    }
}
