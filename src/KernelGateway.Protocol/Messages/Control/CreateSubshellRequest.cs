using System.Text.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks for a new subshell, which runs code beside the parent shell.</summary>
/// <remarks>Jupyter messaging 5.5, Create subshell.</remarks>
public sealed record CreateSubshellRequest : IMessageContent<CreateSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CreateSubshellRequest;

    /// <inheritdoc/>
    public static CreateSubshellRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
