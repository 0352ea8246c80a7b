using System.Text.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks what the kernel is. Also sent to find out whether it is there.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel info.</remarks>
public sealed record KernelInfoRequest : IMessageContent<KernelInfoRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.KernelInfoRequest;

    /// <inheritdoc/>
    public static KernelInfoRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
