namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>
/// Finds the close frame in what a client still sends after the server has closed, and discards the rest. Does no I/O.
/// </summary>
internal sealed class WebSocketDrain(long skip)
{
    private const int LongestHeader = 14;

    private readonly byte[] _header = new byte[LongestHeader];
    private int _headerBytes;
    private long _skip = skip;

    /// <summary>Parses the next bytes; true when the client has closed, or the bytes are not frames.</summary>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var skipped = (int)Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            if (bytes.IsEmpty) return false;

            // One byte at a time: a header is short.
            _header[_headerBytes++] = bytes[0];
            bytes = bytes[1..];
            try
            {
                if (!WebSocketFrameHeader.TryRead(_header.AsSpan(0, _headerBytes), out var header)) continue;
                if (header.Opcode == WebSocketOpcode.Close) return true;
                _skip = header.PayloadBytes;
                _headerBytes = 0;
            }
            catch (WebSocketProtocolException)
            {
                return true;
            }
        }
    }
}
