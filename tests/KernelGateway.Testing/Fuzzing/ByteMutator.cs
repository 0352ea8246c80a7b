using System.Buffers.Binary;

namespace KernelGateway.Testing.Fuzzing;

/// <summary>
/// Damages bytes as faulty connections, faulty peers and attackers do: flips bits, cuts, repeats, changes lengths and inserts pieces of other data.
/// </summary>
public static class ByteMutator
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

    /// <summary>Returns a damaged copy.</summary>
    /// <param name="bytes">The bytes; not changed.</param>
    /// <param name="random">Selects the damage.</param>
    /// <param name="other">The source of inserted pieces.</param>
    public static byte[] Mutate(ReadOnlySpan<byte> bytes, Random random, ReadOnlySpan<byte> other)
    {
        ArgumentNullException.ThrowIfNull(random);
        var result = bytes.ToArray();
        for (var rounds = random.Next(1, 4); rounds > 0; rounds--) result = MutateOnce(result, random, other);
        return result;
    }

    private static byte[] MutateOnce(byte[] bytes, Random random, ReadOnlySpan<byte> other)
    {
        var at = random.Next(bytes.Length + 1);
        switch (random.Next(9))
        {
            case 0:
                return FlipBits(bytes, random);
            case 1:
                return bytes[..at];
            case 2:
                return Insert(bytes, at, Piece(bytes, random));
            case 3:
                return Insert(bytes, at, Troublesome[random.Next(Troublesome.Length)]);
            case 4:
                return [.. bytes.AsSpan(0, at), .. other[random.Next(other.Length + 1)..]];
            case 5:
                return Insert(bytes, at, Piece(other, random));
            case 6:
                return Remove(bytes, at, random);
            case 7:
                return Overwrite(bytes, at, Number(random));
            default:
                return Overwrite(bytes, at, Random(random));
        }
    }

    private static byte[] FlipBits(byte[] bytes, Random random)
    {
        for (var flips = random.Next(1, 5); flips > 0 && bytes.Length > 0; flips--)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Insert(byte[] bytes, int at, ReadOnlySpan<byte> piece) =>
        [.. bytes.AsSpan(0, at), .. piece, .. bytes.AsSpan(at)];

    private static byte[] Remove(byte[] bytes, int at, Random random)
    {
        var end = Math.Min(bytes.Length, at + random.Next(1, LongestPiece));
        return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(end)];
    }

    private static byte[] Overwrite(byte[] bytes, int at, ReadOnlySpan<byte> piece)
    {
        piece[..Math.Min(piece.Length, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> bytes, Random random)
    {
        var start = random.Next(bytes.Length + 1);
        return bytes.Slice(start, random.Next(Math.Min(bytes.Length - start, LongestPiece) + 1));
    }

    // A length as protocols encode it, in network byte order: 1, 2, 4 or 8 bytes.
    private static byte[] Number(Random random)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, Lengths[random.Next(Lengths.Length)]);
        return number[^(1 << random.Next(4))..];
    }

    private static byte[] Random(Random random)
    {
        var bytes = new byte[random.Next(1, 9)];
        random.NextBytes(bytes);
        return bytes;
    }
}
