using System.Buffers;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Writes the JSON of a legacy frame around the bytes of a message.</summary>
/// <remarks>
/// The copies of <c>msg_id</c> and <c>msg_type</c> are read by the gateway clients of Enterprise Gateway and Jupyter Server, which
/// do not look into the header for them.
/// </remarks>
internal readonly ref struct LegacyEnvelope(KernelChannel channel, JupyterMessage message)
{
    private readonly ReadOnlySpan<byte> _channel = ChannelNames.GetName(channel);
    private readonly ReadOnlyMemory<byte> _parentHeader = MessageParts.OrEmptyObject(message.RawParentHeader);
    private readonly ReadOnlyMemory<byte> _metadata = MessageParts.OrEmptyObject(message.RawMetadata);
    private readonly ReadOnlyMemory<byte> _content = MessageParts.OrEmptyObject(message.RawContent);

    private static ReadOnlySpan<byte> BeforeChannel => "{\"channel\":\""u8;

    private static ReadOnlySpan<byte> BeforeHeader => "\",\"header\":"u8;

    private static ReadOnlySpan<byte> BeforeId => ",\"msg_id\":\""u8;

    private static ReadOnlySpan<byte> BeforeType => "\",\"msg_type\":\""u8;

    private static ReadOnlySpan<byte> BeforeParentHeader => "\",\"parent_header\":"u8;

    private static ReadOnlySpan<byte> BeforeMetadata => ",\"metadata\":"u8;

    private static ReadOnlySpan<byte> BeforeContent => ",\"content\":"u8;

    private static ReadOnlySpan<byte> EndOfText => ",\"buffers\":[]}"u8;

    private static ReadOnlySpan<byte> EndOfBinary => "}"u8;

    // In a binary frame the buffers follow the JSON, which then does not speak of them.
    private ReadOnlySpan<byte> End => message.Buffers.Count == 0 ? EndOfText : EndOfBinary;

    public long GetLength() =>
        BeforeChannel.Length + _channel.Length
        + BeforeHeader.Length + Utf8Repair.GetLength(message.RawHeader.Span)
        + BeforeId.Length + Utf8Repair.GetLength(message.RawMessageId.Span)
        + BeforeType.Length + Utf8Repair.GetLength(message.RawMessageType.Span)
        + BeforeParentHeader.Length + Utf8Repair.GetLength(_parentHeader.Span)
        + BeforeMetadata.Length + Utf8Repair.GetLength(_metadata.Span)
        + BeforeContent.Length + Utf8Repair.GetLength(_content.Span)
        + End.Length;

    public void Write(IBufferWriter<byte> output)
    {
        output.Write(BeforeChannel);
        output.Write(_channel);
        output.Write(BeforeHeader);
        Utf8Repair.Write(output, message.RawHeader);
        output.Write(BeforeId);
        Utf8Repair.Write(output, message.RawMessageId);
        output.Write(BeforeType);
        Utf8Repair.Write(output, message.RawMessageType);
        output.Write(BeforeParentHeader);
        Utf8Repair.Write(output, _parentHeader);
        output.Write(BeforeMetadata);
        Utf8Repair.Write(output, _metadata);
        output.Write(BeforeContent);
        Utf8Repair.Write(output, _content);
        output.Write(End);
    }
}
