using System.Security.Cryptography;

namespace KernelGateway.Launching.Addresses;

/// <summary>Returns the numbers below 2^22 in an order that looks random, each once before any comes again.</summary>
/// <remarks>A counter sent through a keyed permutation (four Feistel rounds over two halves of 11 bits), so nothing needs to be remembered.</remarks>
internal sealed class ShuffledNumbers
{
    internal const int Count = 1 << 22;
    private const int HalfBits = 11;
    private const uint HalfMask = (1 << HalfBits) - 1;

    private readonly uint[] _keys = new uint[4];
    private int _counter = -1;

    internal ShuffledNumbers() => RandomNumberGenerator.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_keys.AsSpan()));

    internal int Next() => Permute((uint)Interlocked.Increment(ref _counter) % Count);

    internal int Permute(uint number)
    {
        var left = number >> HalfBits;
        var right = number & HalfMask;
        foreach (var key in _keys)
        {
            // Any function of one half and the key will do: applied to the other half by exclusive or, it can be undone.
            var mixed = (right ^ key) * 0x9E3779B1;
            (left, right) = (right, (left ^ (mixed >> (32 - HalfBits))) & HalfMask);
        }

        return (int)((left << HalfBits) | right);
    }
}
