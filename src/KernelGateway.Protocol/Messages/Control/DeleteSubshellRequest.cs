using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks to end a subshell.</summary>
/// <remarks>Jupyter messaging 5.5, Delete subshell.</remarks>
public sealed record DeleteSubshellRequest : IMessageContent<DeleteSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DeleteSubshellRequest;

    /// <summary>Gets its id.</summary>
    public required string SubshellId { get; init; }

    /// <inheritdoc/>
    public static DeleteSubshellRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new DeleteSubshellRequest
        {
            SubshellId = fields["subshell_id"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("subshell_id"u8, SubshellId);
        writer.WriteEndObject();
    }
}
