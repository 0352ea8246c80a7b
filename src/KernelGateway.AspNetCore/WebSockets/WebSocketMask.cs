using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Unmasks a client's payload.</summary>
/// <remarks>RFC 6455, 5.3: byte i of the payload is XORed with byte i mod 4 of the key.</remarks>
internal static class WebSocketMask
{
    private const int KeyBytes = 4;

    /// <summary>Unmasks a piece of a payload in place.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="key">The key, as its four bytes are stored in memory.</param>
    /// <param name="offset">The number of payload bytes before the piece.</param>
    public static void Apply(Span<byte> piece, uint key, long offset)
    {
        Span<byte> rotated = stackalloc byte[KeyBytes];
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key));
        for (var i = 0; i < KeyBytes; i++) rotated[i] = bytes[(int)((offset + i) % KeyBytes)];
        key = Unsafe.ReadUnaligned<uint>(in rotated[0]);

        // Every step is a multiple of four bytes long, so the key fits again at each.
        var mask = Vector.AsVectorByte(new Vector<uint>(key));
        while (piece.Length >= Vector<byte>.Count)
        {
            (new Vector<byte>(piece) ^ mask).CopyTo(piece);
            piece = piece[Vector<byte>.Count..];
        }

        for (var i = 0; i < piece.Length; i++) piece[i] ^= rotated[i % KeyBytes];
    }
}
