using System.Text.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks for the kernel's ports. Deprecated; only the ipykernel family answers.</summary>
/// <remarks>Jupyter messaging 5.x, Connect.</remarks>
public sealed record ConnectRequest : IMessageContent<ConnectRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ConnectRequest;

    /// <inheritdoc/>
    public static ConnectRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
