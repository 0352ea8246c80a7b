using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Lists the subshells, without the parent shell.</summary>
/// <remarks>Jupyter messaging 5.5, List subshells.</remarks>
public sealed record ListSubshellReply : ReplyContent, IMessageContent<ListSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ListSubshellReply;

    /// <summary>Gets their ids.</summary>
    public IReadOnlyList<string> SubshellIds { get; init; } = [];

    /// <inheritdoc/>
    public static ListSubshellReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ListSubshellReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            SubshellIds = fields["subshell_id"u8].AsTextList(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteTexts("subshell_id"u8, SubshellIds);
        writer.WriteEndObject();
    }
}
