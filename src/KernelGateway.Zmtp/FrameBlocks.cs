using System.Buffers;
using System.Numerics;

namespace KernelGateway.Zmtp;

/// <summary>The memory blocks into which frames are received.</summary>
/// <remarks>Blocks of ordinary size come from the shared pool. Larger ones are allocated at their exact size and left to the garbage collector:
/// a pool would keep the next power of two of the largest message ever received.</remarks>
internal static class FrameBlocks
{
    public const int MaxPooledBytes = 4 << 20;

    // The smallest array of the shared pool, which has only powers of two.
    private const int MinPooledBytes = 16;

    /// <summary>Gets the size of the block that is rented for so many bytes.</summary>
    public static long SizeOf(int bytes) =>
        bytes <= MaxPooledBytes ? BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, MinPooledBytes)) : bytes;

    public static byte[] Rent(int bytes) =>
        bytes <= MaxPooledBytes ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    public static void Return(byte[] block)
    {
        if (block.Length <= MaxPooledBytes) ArrayPool<byte>.Shared.Return(block);
    }
}
