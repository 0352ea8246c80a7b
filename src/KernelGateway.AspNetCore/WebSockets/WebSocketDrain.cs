namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Looks for the close frame in what a client still sends after we said goodbye; keeps nothing of it. Does no I/O.</summary>
internal sealed class WebSocketDrain(long skip)
{
    private const int LongestHeader = 14;

    private readonly byte[] _header = new byte[LongestHeader];
    private int _headerBytes;
    private long _skip = skip;

    /// <summary>Takes the next octets; true when the client has closed, or sends what has no frames any more.</summary>
    public bool Feed(ReadOnlySpan<byte> octets)
    {
        while (true)
        {
            var skipped = (int)Math.Min(_skip, octets.Length);
            _skip -= skipped;
            octets = octets[skipped..];
            if (octets.IsEmpty) return false;

            // Octet by octet: a header has few.
            _header[_headerBytes++] = octets[0];
            octets = octets[1..];
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
