using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Names the new subshell.</summary>
/// <remarks>Jupyter messaging 5.5, Create subshell.</remarks>
public sealed record CreateSubshellReply : ReplyContent, IMessageContent<CreateSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CreateSubshellReply;

    /// <summary>Gets the id to put into the headers of its requests.</summary>
    public string SubshellId { get; init; } = "";

    /// <inheritdoc/>
    public static CreateSubshellReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CreateSubshellReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            SubshellId = fields["subshell_id"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteString("subshell_id"u8, SubshellId);
        writer.WriteEndObject();
    }
}
