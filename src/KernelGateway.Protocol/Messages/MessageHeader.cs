using System.Text.Json;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages;

/// <summary>The header of a message: its sender, its id and its type.</summary>
/// <remarks>Jupyter messaging 5.x, Message header.</remarks>
public sealed record MessageHeader
{
    /// <summary>Gets the id, unique among all messages of the sender.</summary>
    public required string MessageId { get; init; }

    /// <summary>Gets the message type as on the wire; see <see cref="MessageTypes"/>.</summary>
    public required string MessageType { get; init; }

    /// <summary>
    /// Gets the sender's session, stable for one client's or one kernel process's life. IRkernel echoes the client's.
    /// </summary>
    public string SessionId { get; init; } = "";

    /// <summary>Gets the user's name; may be empty.</summary>
    public string Username { get; init; } = "";

    /// <summary>Gets when the message was made, as text that should not be parsed: xeus drops leading zeros of the fraction.</summary>
    public string? Date { get; init; }

    /// <summary>Gets the protocol version of the sender; null from a peer that speaks 4.x.</summary>
    public string? Version { get; init; }

    /// <summary>Gets the subshell a request is meant for; null for the parent shell.</summary>
    public string? SubshellId { get; init; }

    /// <summary>Gets the fields that the specification does not know, or null.</summary>
    public JObject? ExtraFields { get; init; }

    /// <summary>Reads a header from its frame.</summary>
    /// <param name="json">The header frame.</param>
    /// <returns>The header; missing fields are empty, because kernels and scripts leave out all but id and type.</returns>
    /// <exception cref="MessageFormatException">
    /// The bytes are not JSON, or a field that the specification does not know is too deep or too long to build.
    /// </exception>
    public static MessageHeader Read(ReadOnlyMemory<byte> json)
    {
        var fields = ContentFields.Read(json);
        return new MessageHeader
        {
            MessageId = fields["msg_id"u8].AsText() ?? "",
            MessageType = fields["msg_type"u8].AsText() ?? "",
            SessionId = fields["session"u8].AsText() ?? "",
            Username = fields["username"u8].AsText() ?? "",
            Date = fields["date"u8].AsText(),   // a number from the script-side gateway client
            Version = fields["version"u8].AsText(),
            SubshellId = fields["subshell_id"u8].AsText(),
            ExtraFields = ReadExtraFields(fields),
        };
    }

    /// <summary>Serialises the header.</summary>
    /// <returns>UTF-8 JSON, ready to be signed.</returns>
    public ReadOnlyMemory<byte> ToUtf8() => JsonTokens.Serialize(this, static (writer, header) => header.Write(writer));

    /// <summary>Compares all fields, the extra ones by value.</summary>
    /// <param name="other">The header to compare with.</param>
    /// <returns>Whether both say the same.</returns>
    public bool Equals(MessageHeader? other) =>
        other is not null && MessageId == other.MessageId && MessageType == other.MessageType && SessionId == other.SessionId
        && Username == other.Username && Date == other.Date && Version == other.Version && SubshellId == other.SubshellId
        && JToken.DeepEquals(ExtraFields, other.ExtraFields);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MessageId, MessageType, SessionId);

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("msg_id"u8, MessageId);
        writer.WriteString("session"u8, SessionId);
        writer.WriteString("username"u8, Username);
        if (Date is not null) writer.WriteString("date"u8, Date);
        writer.WriteString("msg_type"u8, MessageType);
        if (Version is not null) writer.WriteString("version"u8, Version);
        if (SubshellId is not null) writer.WriteString("subshell_id"u8, SubshellId);
        foreach (var property in ExtraFields?.Properties() ?? [])
        {
            writer.WritePropertyName(property.Name);
            JsonTokens.Write(writer, property.Value);
        }
        writer.WriteEndObject();
    }

    private static JObject? ReadExtraFields(ContentFields fields)
    {
        JObject? extra = null;
        foreach (var property in fields.Properties)
        {
            if (property.Name is "msg_id" or "msg_type" or "session" or "username" or "date" or "version") continue;
            if (property.Name is "subshell_id") continue;
            (extra ??= [])[property.Name] = property.Value.AsToken();
        }
        return extra;
    }
}
