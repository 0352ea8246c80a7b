using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Runtime.InteropServices;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads the headers of a client's frames and writes those of the server.</summary>
/// <remarks>
/// RFC 6455, 5.2:
/// <code>
/// | FIN, 3 reserved bits, opcode: 4 bits | MASK, length: 7 bits | length: 0, 2 or 8 bytes | masking key: 0 or 4 bytes |
/// </code>
/// Clients mask every frame, servers none (5.1).
/// </remarks>
internal readonly record struct WebSocketFrameHeader(
    WebSocketOpcode Opcode, bool IsFinal, long PayloadBytes, int HeaderBytes, uint MaskingKey)
{
    /// <summary>The longest header that is written.</summary>
    public const int MaxSentBytes = 10;

    public const int MaxControlPayload = 125;

    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Masked = 0x80;
    private const int Length16 = 126;
    private const int Length64 = 127;
    private const int KeyBytes = 4;

    public bool IsControl => IsControlOpcode((byte)Opcode);

    /// <summary>Reads a header; false when it is incomplete.</summary>
    /// <exception cref="WebSocketProtocolException">A client must not send such a frame; thrown at the first byte that shows
    /// it.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, out WebSocketFrameHeader header)
    {
        header = default;
        if (source.IsEmpty) return false;
        CheckFirst(source[0]);
        if (source.Length < 2) return false;
        CheckSecond(source[0], source[1]);

        var length = source[1] & ~Masked;
        var headerBytes = 2 + KeyBytes + length switch { Length16 => 2, Length64 => 8, _ => 0 };
        if (source.Length < headerBytes) return false;
        // A length in a longer form than needed is accepted; it does no harm.
        var payloadBytes = length switch
        {
            Length16 => BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            Length64 => BinaryPrimitives.ReadInt64BigEndian(source[2..]),
            _ => length,
        };
        if (payloadBytes < 0) throw Violation("A frame announces 2^63 bytes or more.");
        // In memory order, as the mask is applied.
        var key = MemoryMarshal.Read<uint>(source[(headerBytes - KeyBytes)..]);
        header = new WebSocketFrameHeader(
            (WebSocketOpcode)(source[0] & 0x0F), (source[0] & Final) != 0, payloadBytes, headerBytes, key);
        return true;
    }

    /// <summary>Writes the header of an unfragmented frame and returns its length.</summary>
    public static int Write(Span<byte> target, WebSocketOpcode opcode, long payloadBytes)
    {
        target[0] = (byte)(Final | (byte)opcode);
        if (payloadBytes < Length16)
        {
            target[1] = (byte)payloadBytes;
            return 2;
        }

        if (payloadBytes <= ushort.MaxValue)
        {
            target[1] = Length16;
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)payloadBytes);
            return 4;
        }

        target[1] = Length64;
        BinaryPrimitives.WriteInt64BigEndian(target[2..], payloadBytes);
        return MaxSentBytes;
    }

    /// <summary>Creates a whole control frame. The payload must not be too long.</summary>
    public static byte[] Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxControlPayload);
        var frame = new byte[2 + payload.Length];
        payload.CopyTo(frame.AsSpan(Write(frame, opcode, payload.Length)));
        return frame;
    }

    private static void CheckFirst(byte first)
    {
        // No extension is negotiated that would use them, compression included.
        if ((first & Reserved) != 0) throw Violation("Reserved bits are set.");
        if ((first & 0x0F) is not (0 or 1 or 2 or 8 or 9 or 10)) throw Violation($"The opcode {first & 0x0F:x} is unknown.");
        if (IsControlOpcode(first) && (first & Final) == 0) throw Violation("A control frame is fragmented.");
    }

    private static void CheckSecond(byte first, byte second)
    {
        if ((second & Masked) == 0) throw Violation("A frame is not masked.");
        if (IsControlOpcode(first) && (second & ~Masked) > MaxControlPayload) throw Violation("A control frame is longer than 125 bytes.");
    }

    private static bool IsControlOpcode(byte opcode) => (opcode & 0x08) != 0;

    private static WebSocketProtocolException Violation(string message) => new(WebSocketCloseStatus.ProtocolError, message);
}

/// <summary>The type of a frame.</summary>
/// <remarks>RFC 6455, 5.2. The fourth bit marks control frames.</remarks>
internal enum WebSocketOpcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}
