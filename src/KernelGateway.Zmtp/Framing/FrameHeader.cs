using System.Buffers.Binary;

namespace KernelGateway.Zmtp.Framing;

/// <summary>Reads and writes the header of a frame.</summary>
/// <remarks>37/ZMTP, Framing: | flags | length: 1 or 8 octets, network order | body |.</remarks>
internal readonly record struct FrameHeader(byte Flags, long BodyBytes, int HeaderBytes)
{
    public const int MaxBytes = 9;

    public bool IsCommand => (Flags & FrameFlags.Command) != 0;

    public bool HasMore => (Flags & FrameFlags.More) != 0;

    /// <summary>Reads a header; false when it is not all there yet.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        header = default;
        if (source.IsEmpty) return false;
        var flags = source[0];
        if ((flags & FrameFlags.Reserved) != 0)
            throw new ZmtpProtocolException($"Reserved bits are set in the flags byte 0x{flags:x2}.");
        if ((flags & (FrameFlags.Command | FrameFlags.More)) == (FrameFlags.Command | FrameFlags.More))
            throw new ZmtpProtocolException("A command frame announces that more frames follow.");

        if ((flags & FrameFlags.Long) == 0)
        {
            if (source.Length < 2) return false;
            header = new FrameHeader(flags, source[1], 2);
            return true;
        }

        if (source.Length < MaxBytes) return false;
        var length = BinaryPrimitives.ReadInt64BigEndian(source[1..]);
        if (length < 0) throw new ZmtpProtocolException("A frame announces 2^63 bytes or more.");
        header = new FrameHeader(flags, length, MaxBytes);
        return true;
    }

    /// <summary>Writes a header, in the short form if the length allows it.</summary>
    public static int Write(Span<byte> target, byte flags, int bodyBytes)
    {
        if (bodyBytes <= byte.MaxValue)
        {
            target[0] = flags;
            target[1] = (byte)bodyBytes;
            return 2;
        }

        target[0] = (byte)(flags | FrameFlags.Long);
        BinaryPrimitives.WriteInt64BigEndian(target[1..], bodyBytes);
        return MaxBytes;
    }
}
