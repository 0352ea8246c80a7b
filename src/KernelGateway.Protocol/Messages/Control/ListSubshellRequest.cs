using System.Text.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks which subshells there are.</summary>
/// <remarks>Jupyter messaging 5.5, List subshells.</remarks>
public sealed record ListSubshellRequest : IMessageContent<ListSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ListSubshellRequest;

    /// <inheritdoc/>
    public static ListSubshellRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
