using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>The protocol of clients without a subprotocol: JSON, in a text frame or, with buffers, in a binary one.</summary>
/// <remarks>
/// A binary frame has unsigned integers of 32 bits, big-endian:
/// <code>
/// | n | n offsets | JSON | buffers: n - 1 |
/// </code>
/// The offsets count from the start of the frame; the last part runs to its end.
/// </remarks>
internal sealed class LegacyCodec : KernelWebSocketCodec
{
    private const int Integer = sizeof(uint);

    // Python's parser gives up at about a thousand levels, the code that called it included.
    private const int MaxDepth = 512;

    public override string? SubProtocol => null;

    public override bool IsText(JupyterMessage message) => message.Buffers.Count == 0;

    public override bool IsReadable(JupyterMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return JsonValidator.IsReadable(MessageParts.OrEmptyObject(message.RawContent), MaxDepth)
            && JsonValidator.IsReadable(MessageParts.OrEmptyObject(message.RawMetadata), MaxDepth);
    }

    public override long GetLength(KernelChannel channel, JupyterMessage message)
    {
        var json = new LegacyEnvelope(channel, message).GetLength();
        return IsText(message) ? json : TableLength(message) + json + MessageParts.TotalLength(message.Buffers);
    }

    public override void Encode(KernelChannel channel, JupyterMessage message, IBufferWriter<byte> output)
    {
        var envelope = new LegacyEnvelope(channel, message);
        if (IsText(message))
        {
            envelope.Write(output);
            return;
        }

        WriteTable(message, envelope.GetLength(), output);
        envelope.Write(output);
        for (var i = 0; i < message.Buffers.Count; i++) MessageParts.Splice(output, message.Buffers[i]);
    }

    public override bool TryDecode(
        ReadOnlyMemory<byte> frame, bool isText, out KernelChannel channel, [NotNullWhen(true)] out JupyterMessage? message,
        out WebSocketDropReason reason)
    {
        channel = default;
        message = null;
        ReadOnlyMemory<byte>[] buffers = [];
        if (!isText && !TryCut(ref frame, out buffers))
        {
            reason = WebSocketDropReason.BadOffsets;
            return false;
        }
        if (!LegacyEnvelopeScan.TryRead(frame, out var scan))
        {
            reason = WebSocketDropReason.UnreadableEnvelope;
            return false;
        }
        if (!TryCreate(new MessageFrames(scan.Header, scan.ParentHeader, scan.Metadata, scan.Content, buffers), out var created, out reason))
            return false;
        reason = scan.FindChannel(created.MessageType, out channel);
        if (reason != WebSocketDropReason.None) return false;
        message = created;
        return true;
    }

    private static int TableLength(JupyterMessage message) => (2 + message.Buffers.Count) * Integer;

    private static void WriteTable(JupyterMessage message, long jsonLength, IBufferWriter<byte> output)
    {
        var buffers = message.Buffers;
        var length = TableLength(message);
        var table = output.GetSpan(length);
        BinaryPrimitives.WriteUInt32BigEndian(table, (uint)(1 + buffers.Count));
        BinaryPrimitives.WriteUInt32BigEndian(table[Integer..], (uint)length);
        var offset = length + jsonLength;
        for (var i = 0; i < buffers.Count; i++)
        {
            if (offset > uint.MaxValue) throw new ArgumentException("More than 4 GiB do not fit into a legacy frame.", nameof(message));
            BinaryPrimitives.WriteUInt32BigEndian(table[((2 + i) * Integer)..], (uint)offset);
            offset += buffers[i].Length;
        }
        output.Advance(length);
    }

    // Leaves the JSON in the frame and gives the buffers.
    private static bool TryCut(ref ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte>[] buffers)
    {
        buffers = [];
        var whole = frame;
        var span = whole.Span;
        if (span.Length < Integer) return false;
        // The client picks these numbers: the count is compared with the frame before anything is made for it.
        var count = BinaryPrimitives.ReadUInt32BigEndian(span);
        if (count is 0 or > 1 + MaxBuffers || count > span.Length / Integer - 1) return false;

        var offsets = span.Slice(Integer, (int)count * Integer);
        var start = BinaryPrimitives.ReadUInt32BigEndian(offsets);
        if (start < (count + 1) * Integer || start > span.Length) return false;
        if (count > 1) buffers = new ReadOnlyMemory<byte>[(int)count - 1];
        for (var i = 0; i < count; i++)
        {
            var end = i + 1 < count ? BinaryPrimitives.ReadUInt32BigEndian(offsets[((i + 1) * Integer)..]) : (uint)span.Length;
            if (end < start || end > span.Length) return false;
            var part = whole[(int)start..(int)end];
            if (i == 0) frame = part;
            else buffers[i - 1] = part;
            start = end;
        }
        return true;
    }
}
