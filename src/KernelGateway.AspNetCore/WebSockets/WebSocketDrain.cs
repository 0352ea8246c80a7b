namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads what a client still sends after our close frame: looks for its close frame, passes pongs on, discards everything else. Does no I/O.</summary>
/// <param name="skip">How many bytes come first that belong to a frame whose header has been read.</param>
/// <param name="onPong">Takes the payload of a pong; null for nobody.</param>
internal sealed class WebSocketDrain(long skip, Action<ReadOnlySpan<byte>>? onPong = null)
{
    private const int LongestHeader = 14;

    // A header, and behind it the payload of a pong.
    private readonly byte[] _frame = new byte[LongestHeader + WebSocketFrameHeader.MaxControlPayload];
    private int _frameBytes;
    private long _skip = skip;

    /// <summary>Takes the next bytes; true when the client has closed, or sends what has no frames any more.</summary>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var skipped = (int)Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            if (bytes.IsEmpty) return false;

            // Byte by byte: what is looked at is short.
            _frame[_frameBytes++] = bytes[0];
            bytes = bytes[1..];
            try
            {
                if (!WebSocketFrameHeader.TryRead(_frame.AsSpan(0, _frameBytes), out var header)) continue;
                if (header.Opcode == WebSocketOpcode.Close) return true;
                if (header.Opcode == WebSocketOpcode.Pong)
                {
                    if (_frameBytes < header.HeaderBytes + header.PayloadBytes) continue;
                    TakePong(header);
                }
                else
                {
                    _skip = header.PayloadBytes;
                }

                _frameBytes = 0;
            }
            catch (WebSocketProtocolException)
            {
                return true;
            }
        }
    }

    private void TakePong(in WebSocketFrameHeader header)
    {
        var payload = _frame.AsSpan(header.HeaderBytes, (int)header.PayloadBytes);
        WebSocketMask.Apply(payload, header.MaskingKey, offset: 0);
        onPong?.Invoke(payload);
    }
}
