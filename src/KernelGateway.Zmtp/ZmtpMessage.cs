using System.Collections;

namespace KernelGateway.Zmtp;

/// <summary>A received message: its frames, in pooled memory that <see cref="Dispose"/> gives back.</summary>
/// <remarks>The frames are valid until <see cref="Dispose"/>. The receiver of a message owns it and disposes it once; disposing again
/// is harmless. A message that is not disposed is garbage collected; its memory is then lost for the pool, and its reservation for
/// <see cref="ZmtpSocketOptions.MemoryBudget"/>. Because pooled memory is reused, copy frames that are sent on.</remarks>
public sealed class ZmtpMessage : IReadOnlyList<ReadOnlyMemory<byte>>, IDisposable
{
    // Small frames share the first block; each large frame, and each small frame that does not fit, has its own block.
    private readonly byte[]? _block;
    private readonly byte[][]? _moreBlocks;
    private readonly MessageReservation? _reservation;
    private ReadOnlyMemory<byte>[]? _frames;
    private int _first;

    internal ZmtpMessage(
        ReadOnlyMemory<byte>[] frames, byte[]? block, byte[][]? moreBlocks, MessageReservation? reservation = null)
    {
        _frames = frames;
        _block = block;
        _moreBlocks = moreBlocks;
        _reservation = reservation;
    }

    /// <summary>Gets the number of frames.</summary>
    public int Count => Frames.Length - _first;

    /// <summary>Gets a frame.</summary>
    /// <param name="index">The position of the frame, from 0.</param>
    /// <returns>The bytes of the frame, valid until the message is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The message was disposed.</exception>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            var frames = Frames;
            if ((uint)index >= (uint)(frames.Length - _first)) throw new ArgumentOutOfRangeException(nameof(index));
            return frames[index + _first];
        }
    }

    // All of it, hidden frames included: the same from its arrival to its disposal.
    internal long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var frame in Frames)
                bytes += frame.Length;
            return bytes;
        }
    }

    // Whether the budget has granted its memory; otherwise it is small, and counted only while it waits with others.
    internal bool IsReserved => _reservation is not null;

    // The peer it came from, as the socket that received it knows it; REP answers there.
    internal object? Source { get; set; }

    private ReadOnlyMemory<byte>[] Frames =>
        Volatile.Read(ref _frames) ?? throw new ObjectDisposedException(nameof(ZmtpMessage));

    /// <summary>Gives the memory of the frames back to the pool.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _frames, null) is null) return;
        if (_block is not null) FrameBlocks.Return(_block);
        foreach (var block in _moreBlocks ?? [])
            FrameBlocks.Return(block);
        _reservation?.ShrinkTo(0);
    }

    /// <summary>Enumerates the frames.</summary>
    /// <returns>An enumerator over the frames.</returns>
    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Hides leading frames that are the socket's business: the delimiter of a REQ, the envelope of a REP.
    internal void Skip(int frames) => _first += frames;
}
