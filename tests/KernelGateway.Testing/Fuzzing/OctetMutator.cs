using System.Buffers.Binary;

namespace KernelGateway.Testing.Fuzzing;

/// <summary>Damages octets the ways lines, peers and attackers do: bits, ends, repetitions, lengths, pieces of something else.</summary>
public static class OctetMutator
{
    private const int LongestPiece = 64;

    private static readonly byte[][] Troublesome =
    [
        [0x00], [0xFF], [0x7F], [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF],
        [(byte)'"'], [(byte)'\\'], "\\u"u8.ToArray(), "\\ud800"u8.ToArray(), "{"u8.ToArray(), "["u8.ToArray(), "}"u8.ToArray(),
        ","u8.ToArray(), "<IDS|MSG>"u8.ToArray(), "NaN"u8.ToArray(), "\r\n"u8.ToArray(), "1e400"u8.ToArray(),
    ];

    private static readonly ulong[] Lengths =
    [
        0, 1, 127, 128, 255, 256, 4_096, 4_097, 65_535, 65_536, int.MaxValue, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63,
        ulong.MaxValue,
    ];

    /// <summary>Gives a damaged copy.</summary>
    /// <param name="octets">The octets; not changed.</param>
    /// <param name="random">Decides what is done.</param>
    /// <param name="other">Where spliced pieces come from.</param>
    public static byte[] Mutate(ReadOnlySpan<byte> octets, Random random, ReadOnlySpan<byte> other)
    {
        ArgumentNullException.ThrowIfNull(random);
        var result = octets.ToArray();
        for (var rounds = random.Next(1, 4); rounds > 0; rounds--) result = MutateOnce(result, random, other);
        return result;
    }

    private static byte[] MutateOnce(byte[] octets, Random random, ReadOnlySpan<byte> other)
    {
        var at = random.Next(octets.Length + 1);
        switch (random.Next(9))
        {
            case 0:
                return FlipBits(octets, random);
            case 1:
                return octets[..at];
            case 2:
                return Insert(octets, at, Piece(octets, random));
            case 3:
                return Insert(octets, at, Troublesome[random.Next(Troublesome.Length)]);
            case 4:
                return [.. octets.AsSpan(0, at), .. other[random.Next(other.Length + 1)..]];
            case 5:
                return Insert(octets, at, Piece(other, random));
            case 6:
                return Remove(octets, at, random);
            case 7:
                return Overwrite(octets, at, Number(random));
            default:
                return Overwrite(octets, at, Random(random));
        }
    }

    private static byte[] FlipBits(byte[] octets, Random random)
    {
        for (var flips = random.Next(1, 5); flips > 0 && octets.Length > 0; flips--)
            octets[random.Next(octets.Length)] ^= (byte)(1 << random.Next(8));
        return octets;
    }

    private static byte[] Insert(byte[] octets, int at, ReadOnlySpan<byte> piece) =>
        [.. octets.AsSpan(0, at), .. piece, .. octets.AsSpan(at)];

    private static byte[] Remove(byte[] octets, int at, Random random)
    {
        var end = Math.Min(octets.Length, at + random.Next(1, LongestPiece));
        return [.. octets.AsSpan(0, at), .. octets.AsSpan(end)];
    }

    private static byte[] Overwrite(byte[] octets, int at, ReadOnlySpan<byte> piece)
    {
        piece[..Math.Min(piece.Length, octets.Length - at)].CopyTo(octets.AsSpan(at));
        return octets;
    }

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> octets, Random random)
    {
        var start = random.Next(octets.Length + 1);
        return octets.Slice(start, random.Next(Math.Min(octets.Length - start, LongestPiece) + 1));
    }

    // A length as protocols write them, in network order: 1, 2, 4 or 8 octets.
    private static byte[] Number(Random random)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, Lengths[random.Next(Lengths.Length)]);
        return number[^(1 << random.Next(4))..];
    }

    private static byte[] Random(Random random)
    {
        var octets = new byte[random.Next(1, 9)];
        random.NextBytes(octets);
        return octets;
    }
}
