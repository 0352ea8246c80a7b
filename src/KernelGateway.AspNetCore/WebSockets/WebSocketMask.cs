using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Takes the mask off a client's payload.</summary>
/// <remarks>RFC 6455, 5.3: octet i of the payload is combined with octet i mod 4 of the key by exclusive or.</remarks>
internal static class WebSocketMask
{
    private const int KeyBytes = 4;

    /// <summary>Unmasks a piece of a payload in place.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="key">The key, as its four octets lie in memory.</param>
    /// <param name="offset">How many octets of the payload came before the piece.</param>
    public static void Apply(Span<byte> piece, uint key, long offset)
    {
        Span<byte> rotated = stackalloc byte[KeyBytes];
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key));
        for (var i = 0; i < KeyBytes; i++) rotated[i] = octets[(int)((offset + i) % KeyBytes)];
        key = Unsafe.ReadUnaligned<uint>(in rotated[0]);

        // Every step is a multiple of four octets long, so the key fits again at each.
        var mask = Vector.AsVectorByte(new Vector<uint>(key));
        while (piece.Length >= Vector<byte>.Count)
        {
            (new Vector<byte>(piece) ^ mask).CopyTo(piece);
            piece = piece[Vector<byte>.Count..];
        }

        for (var i = 0; i < piece.Length; i++) piece[i] ^= rotated[i % KeyBytes];
    }
}
