using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Confirms a subscription to its subscriber.</summary>
/// <remarks>Jupyter messaging 5.5, IOPub welcome.</remarks>
public sealed record IOPubWelcome : IMessageContent<IOPubWelcome>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.IOPubWelcome;

    /// <summary>Gets the topic subscribed to; empty for everything.</summary>
    public string Subscription { get; init; } = "";

    /// <inheritdoc/>
    public static IOPubWelcome Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new IOPubWelcome
        {
            Subscription = fields["subscription"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("subscription"u8, Subscription);
        writer.WriteEndObject();
    }
}
