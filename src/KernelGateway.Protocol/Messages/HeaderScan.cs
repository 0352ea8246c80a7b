using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages;

/// <summary>The fields of a header that routing needs, read in one pass without creating objects.</summary>
internal readonly struct HeaderScan
{
    private HeaderScan(string messageType, ReadOnlyMemory<byte> rawMessageType, ReadOnlyMemory<byte> rawMessageId)
    {
        MessageType = messageType;
        RawMessageType = rawMessageType;
        RawMessageId = rawMessageId;
    }

    /// <summary>Gets the type; empty when the header has none.</summary>
    public string MessageType { get; }

    /// <summary>Gets the bytes between the quotes of the type; empty when the header has none.</summary>
    public ReadOnlyMemory<byte> RawMessageType { get; }

    /// <summary>Gets the bytes between the quotes of the id; empty when the header has none.</summary>
    public ReadOnlyMemory<byte> RawMessageId { get; }

    /// <summary>Scans a whole header frame.</summary>
    /// <returns>False when the frame is not one JSON object.</returns>
    public static bool TryScan(ReadOnlyMemory<byte> header, out HeaderScan scan)
    {
        scan = new HeaderScan("", default, default);
        ReadOnlyMemory<byte> messageType = default;
        ReadOnlyMemory<byte> messageId = default;
        try
        {
            var reader = new Utf8JsonReader(header.Span);   // 64 levels are more than any header has
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // No peer escapes letters of these names; the header of one that did would count as without a type.
                var isType = reader.ValueSpan.SequenceEqual("msg_type"u8);
                var isId = reader.ValueSpan.SequenceEqual("msg_id"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    var inside = header.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    if (isType) messageType = inside;
                    if (isId) messageId = inside;
                }
                reader.Skip();
            }
            reader.Read();   // throws when something follows the object
        }
        catch (JsonException)
        {
            return false;
        }
        scan = new HeaderScan(MessageTypes.Intern(messageType.Span), messageType, messageId);
        return true;
    }
}
