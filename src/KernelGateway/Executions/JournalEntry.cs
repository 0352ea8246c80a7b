using System.Buffers;

namespace KernelGateway.Executions;

/// <summary>One event as the journal keeps it: its kind and the kernel's own JSON, never decoded on the way through.</summary>
/// <remarks>
/// The payload of a stream event is the JSON string of its text; that of other events is the JSON object of the message's
/// content. The journal and the readers share the block. Each holder acquires and releases it; the last release returns a pooled
/// block to its pool.
/// </remarks>
internal sealed class JournalEntry
{
    // This object, the header of its array, and its slot in the journal's list.
    private const int Overhead = 112;

    // A larger block is left to the garbage collector: the pool would keep it for as long as the gateway runs.
    private const int LargestPooledBlock = 256 * 1024;

    private byte[]? _block;
    private int _references = 1;

    public JournalEntry(ExecutionEventKind kind, bool isLate, long sequence, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
        : this(kind, isLate, sequence, timestamp, Rent(payload.Length), payload.Length) => payload.CopyTo(_block);

    /// <summary>Takes over a block from <see cref="Rent"/>.</summary>
    public JournalEntry(ExecutionEventKind kind, bool isLate, long sequence, DateTimeOffset timestamp, byte[] block, int length)
    {
        Kind = kind;
        IsLate = isLate;
        Sequence = sequence;
        Timestamp = timestamp;
        PayloadLength = length;
        _block = block;
        Cost = block.Length + Overhead;
    }

    public ExecutionEventKind Kind { get; }

    public bool IsLate { get; }

    /// <summary>Gets the position in the journal: 1 for the first event, without gaps.</summary>
    public long Sequence { get; }

    public DateTimeOffset Timestamp { get; }

    public int PayloadLength { get; }

    /// <summary>Gets the cost of the entry in memory, in bytes.</summary>
    public long Cost { get; }

    /// <summary>Gets the payload; valid while the caller holds a reference.</summary>
    public ReadOnlyMemory<byte> Payload =>
        (_block ?? throw new ObjectDisposedException(nameof(JournalEntry))).AsMemory(0, PayloadLength);

    public static byte[] Rent(int length) =>
        length > LargestPooledBlock ? GC.AllocateUninitializedArray<byte>(length) : ArrayPool<byte>.Shared.Rent(length);

    public void Acquire() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        if (Interlocked.Exchange(ref _block, null) is { Length: <= LargestPooledBlock } block) ArrayPool<byte>.Shared.Return(block);
    }
}
