using System.Text.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks the kernel to interrupt what it runs.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel interrupt.</remarks>
public sealed record InterruptRequest : IMessageContent<InterruptRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InterruptRequest;

    /// <inheritdoc/>
    public static InterruptRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
