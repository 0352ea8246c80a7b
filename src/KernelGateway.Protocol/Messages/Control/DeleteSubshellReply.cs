using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Tells that a subshell has ended.</summary>
/// <remarks>Jupyter messaging 5.5, Delete subshell.</remarks>
public sealed record DeleteSubshellReply : ReplyContent, IMessageContent<DeleteSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DeleteSubshellReply;

    /// <inheritdoc/>
    public static DeleteSubshellReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new DeleteSubshellReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteEndObject();
    }
}
