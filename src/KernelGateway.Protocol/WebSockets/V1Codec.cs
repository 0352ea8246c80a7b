using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Speaks <c>v1.kernel.websocket.jupyter.org</c>.</summary>
/// <remarks>
/// Binary frames in both directions, all integers unsigned, 64 bits, little-endian:
/// <code>
/// | m | m offsets | channel | header | parent header | metadata | content | buffers: 0..n |
/// </code>
/// m = 6 + n; the offsets count from the start of the frame, the last one is its length.
/// </remarks>
internal sealed class V1Codec : KernelWebSocketCodec
{
    private const int Integer = sizeof(ulong);

    // The starts of channel, header, parent header, metadata and content, and the end.
    private const int FixedOffsets = 6;

    public override string SubProtocol => KernelWebSocketProtocol.V1;

    public override bool IsText(JupyterMessage message) => false;

    public override long GetLength(KernelChannel channel, JupyterMessage message) =>
        TableLength(message)
        + ChannelNames.GetName(channel).Length
        + message.RawHeader.Length
        + MessageParts.OrEmptyObject(message.RawParentHeader).Length
        + MessageParts.OrEmptyObject(message.RawMetadata).Length
        + MessageParts.OrEmptyObject(message.RawContent).Length
        + MessageParts.TotalLength(message.Buffers);

    public override void Encode(KernelChannel channel, JupyterMessage message, IBufferWriter<byte> output)
    {
        var name = ChannelNames.GetName(channel);
        var parentHeader = MessageParts.OrEmptyObject(message.RawParentHeader);
        var metadata = MessageParts.OrEmptyObject(message.RawMetadata);
        var content = MessageParts.OrEmptyObject(message.RawContent);
        var buffers = message.Buffers;

        var table = new OffsetTable(output, TableLength(message));
        table.Append(FixedOffsets + buffers.Count);
        var offset = (long)TableLength(message);
        table.Append(offset);
        table.Append(offset += name.Length);
        table.Append(offset += message.RawHeader.Length);
        table.Append(offset += parentHeader.Length);
        table.Append(offset += metadata.Length);
        table.Append(offset += content.Length);
        for (var i = 0; i < buffers.Count; i++) table.Append(offset += buffers[i].Length);
        table.Complete();

        output.Write(name);
        MessageParts.Splice(output, message.RawHeader);
        MessageParts.Splice(output, parentHeader);
        MessageParts.Splice(output, metadata);
        MessageParts.Splice(output, content);
        for (var i = 0; i < buffers.Count; i++) MessageParts.Splice(output, buffers[i]);
    }

    public override bool TryDecode(
        ReadOnlyMemory<byte> frame, bool isText, out KernelChannel channel, [NotNullWhen(true)] out JupyterMessage? message,
        out WebSocketDropReason reason)
    {
        channel = default;
        message = null;
        reason = WebSocketDropReason.UnexpectedText;
        if (isText) return false;
        reason = WebSocketDropReason.BadOffsets;
        if (!TryCut(frame, out var parts)) return false;
        reason = ChannelNames.Find(parts[0].Span, out channel);
        return reason == WebSocketDropReason.None
            && TryCreate(new MessageFrames(parts[1], parts[2], parts[3], parts[4], parts[5..]), out message, out reason);
    }

    private static int TableLength(JupyterMessage message) => (1 + FixedOffsets + message.Buffers.Count) * Integer;

    private static bool TryCut(ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte>[] parts)
    {
        parts = [];
        var span = frame.Span;
        if (span.Length < Integer) return false;
        // The client picks these numbers: the count is compared with the frame before anything is made for it.
        var count = BinaryPrimitives.ReadUInt64LittleEndian(span);
        if (count is < FixedOffsets or > FixedOffsets + MaxBuffers || count > (ulong)(span.Length / Integer - 1)) return false;

        var offsets = span.Slice(Integer, (int)count * Integer);
        var start = BinaryPrimitives.ReadUInt64LittleEndian(offsets);
        if (start < (count + 1) * Integer) return false;
        parts = new ReadOnlyMemory<byte>[(int)count - 1];
        for (var i = 0; i < parts.Length; i++)
        {
            var end = BinaryPrimitives.ReadUInt64LittleEndian(offsets[((i + 1) * Integer)..]);
            if (end < start || end > (ulong)span.Length) return false;
            parts[i] = frame[(int)start..(int)end];
            start = end;
        }
        return true;
    }

    /// <summary>Writes the integers of a frame one after the other.</summary>
    private ref struct OffsetTable(IBufferWriter<byte> output, int length)
    {
        private readonly Span<byte> _bytes = output.GetSpan(length);
        private int _used;

        public void Append(long value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes[_used..], (ulong)value);
            _used += Integer;
        }

        public readonly void Complete() => output.Advance(length);
    }
}
