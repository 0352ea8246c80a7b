using System.Buffers.Binary;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>Finds the frames in the bytes of one direction of a WebSocket, including the handshake (RFC 6455, 5.2).</summary>
/// <param name="onFrame">Called for each whole frame with its first byte and its unmasked payload.</param>
internal sealed class FrameScanner(Action<byte, byte[]> onFrame)
{
    private readonly List<byte> _unread = [];
    private bool _isPastHandshake;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _unread.AddRange(bytes);
        if (!_isPastHandshake && !SkipHandshake()) return;
        while (TryRead()) { }
    }

    private bool SkipHandshake()
    {
        var end = _unread.ToArray().AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        _unread.RemoveRange(0, end + 4);
        return _isPastHandshake = true;
    }

    private bool TryRead()
    {
        if (_unread.Count < 2) return false;
        var lengthBytes = (_unread[1] & 0x7f) switch { 126 => 2, 127 => 8, _ => 0 };
        var maskBytes = (_unread[1] & 0x80) != 0 ? 4 : 0;
        var start = 2 + lengthBytes + maskBytes;
        if (_unread.Count < start) return false;
        var head = _unread.GetRange(0, start).ToArray();
        var length = lengthBytes switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)),
            8 => checked((int)BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(2))),
            _ => head[1] & 0x7f,
        };
        if (_unread.Count < start + length) return false;
        var payload = _unread.GetRange(start, length).ToArray();
        for (var index = 0; maskBytes > 0 && index < length; index++) payload[index] ^= head[start - 4 + (index % 4)];
        _unread.RemoveRange(0, start + length);
        onFrame(head[0], payload);
        return true;
    }
}
