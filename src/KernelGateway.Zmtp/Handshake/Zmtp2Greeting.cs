using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The data of a ZMTP 2.0 peer, in place of the greeting and READY of later versions.</summary>
/// <remarks>15/ZMTP, Greeting: | signature: 10 | revision: 1 | socket type: 1 | identity: one frame of at most 255 bytes |.
/// jeromq 0.3 and libzmq 3.x speak it. There is no mechanism and there are no commands; messages follow at once.</remarks>
internal static class Zmtp2Greeting
{
    private const int SocketTypeAt = ZmtpGreeting.VersionBytes;

    // Their order is that of the numbers on the wire.
    private static readonly string[] TypeNames =
        ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"];

    /// <summary>Returns the bytes after the signature and the version byte: the socket type and the routing id.</summary>
    public static byte[] EncodeRest(ZmtpSocketType type, ReadOnlyMemory<byte> routingId)
    {
        var identity = type.AnnouncesRoutingId() ? routingId.Span : default;
        return [(byte)Array.IndexOf(TypeNames, type.WireName()), 0, (byte)identity.Length, .. identity];
    }

    /// <summary>Reads the data of the peer; false while it is incomplete.</summary>
    /// <param name="source">The bytes from the first of the signature on.</param>
    /// <param name="metadata">The peer's socket type and routing id.</param>
    /// <param name="length">The number of bytes that were read.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out ZmtpMetadata metadata, out int length)
    {
        metadata = null!;
        length = 0;
        if (source.Length <= SocketTypeAt) return false;
        var type = source[SocketTypeAt];
        if (type >= TypeNames.Length) throw new ZmtpProtocolException($"The peer names socket type {type}; ZMTP 2.0 has 0 to {TypeNames.Length - 1}.");

        var frame = source[(SocketTypeAt + 1)..];
        if (!FrameHeader.TryRead(frame, out var header)) return false;
        if (header.IsCommand || header.HasMore) throw new ZmtpProtocolException("Something else came where the identity frame was due.");
        if (header.BodyBytes > ZmtpMetadata.MaxRoutingIdBytes)
            throw new ZmtpProtocolException($"Routing id of {header.BodyBytes} bytes; the limit is {ZmtpMetadata.MaxRoutingIdBytes}.");
        if (frame.Length < header.HeaderBytes + header.BodyBytes) return false;

        var identity = frame.Slice(header.HeaderBytes, (int)header.BodyBytes);
        metadata = new ZmtpMetadata(TypeNames[type], ZmtpMetadata.CheckRoutingId(identity));
        length = SocketTypeAt + 1 + header.HeaderBytes + identity.Length;
        return true;
    }
}
