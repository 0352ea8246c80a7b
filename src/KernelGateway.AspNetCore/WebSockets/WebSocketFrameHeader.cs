using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Runtime.InteropServices;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads what stands in front of a client's payload and writes what stands in front of ours.</summary>
/// <remarks>
/// RFC 6455, 5.2:
/// <code>
/// | FIN, 3 reserved bits, opcode: 4 bits | MASK, length: 7 bits | length: 0, 2 or 8 octets | masking key: 0 or 4 octets |
/// </code>
/// Clients mask every frame, servers none (5.1).
/// </remarks>
internal readonly record struct WebSocketFrameHeader(
    WebSocketOpcode Opcode, bool IsFinal, long PayloadBytes, int HeaderBytes, uint MaskingKey)
{
    /// <summary>The longest header we write.</summary>
    public const int MaxSentBytes = 10;

    public const int MaxControlPayload = 125;

    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Masked = 0x80;
    private const int Length16 = 126;
    private const int Length64 = 127;
    private const int KeyBytes = 4;

    public bool IsControl => IsControlOpcode((byte)Opcode);

    /// <summary>Reads a header; false when it is not all there yet.</summary>
    /// <exception cref="WebSocketProtocolException">No client may send such a frame; thrown at the first octet that says so.</exception>
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
        // Lengths in a longer form than needed are read like any other: they harm nobody.
        var payloadBytes = length switch
        {
            Length16 => BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            Length64 => BinaryPrimitives.ReadInt64BigEndian(source[2..]),
            _ => length,
        };
        if (payloadBytes < 0) throw Violation("A frame announces 2^63 octets or more.");
        // In the order of memory, as it is applied.
        var key = MemoryMarshal.Read<uint>(source[(headerBytes - KeyBytes)..]);
        header = new WebSocketFrameHeader(
            (WebSocketOpcode)(source[0] & 0x0F), (source[0] & Final) != 0, payloadBytes, headerBytes, key);
        return true;
    }

    /// <summary>Writes the header of an unfragmented frame and gives its length.</summary>
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

    /// <summary>Makes a whole control frame; a payload that is too long is not ours to cut.</summary>
    public static byte[] Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxControlPayload);
        var frame = new byte[2 + payload.Length];
        payload.CopyTo(frame.AsSpan(Write(frame, opcode, payload.Length)));
        return frame;
    }

    private static void CheckFirst(byte first)
    {
        // No extension was agreed upon that would give them a meaning; compression among them.
        if ((first & Reserved) != 0) throw Violation("Reserved bits are set.");
        if ((first & 0x0F) is not (0 or 1 or 2 or 8 or 9 or 10)) throw Violation($"The opcode {first & 0x0F:x} is unknown.");
        if (IsControlOpcode(first) && (first & Final) == 0) throw Violation("A control frame is fragmented.");
    }

    private static void CheckSecond(byte first, byte second)
    {
        if ((second & Masked) == 0) throw Violation("A frame is not masked.");
        if (IsControlOpcode(first) && (second & ~Masked) > MaxControlPayload) throw Violation("A control frame is longer than 125 octets.");
    }

    private static bool IsControlOpcode(byte opcode) => (opcode & 0x08) != 0;

    private static WebSocketProtocolException Violation(string message) => new(WebSocketCloseStatus.ProtocolError, message);
}
