using System.Buffers;

namespace KernelGateway.Executions;

/// <summary>One event as the journal keeps it: its kind and the kernel's own JSON, never decoded on the way through.</summary>
/// <remarks>
/// The payload of a stream event is the JSON string of its text; of the others the JSON object of the message's content. The
/// block is pooled and shared by the journal and by readers that are writing it out: whoever acquires it releases it, the last
/// release gives it back.
/// </remarks>
internal sealed class JournalEntry
{
    private byte[]? _block;
    private int _references = 1;

    public JournalEntry(ExecutionEventKind kind, bool isLate, long sequence, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
    {
        Kind = kind;
        IsLate = isLate;
        Sequence = sequence;
        Timestamp = timestamp;
        PayloadLength = payload.Length;
        _block = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(_block);
    }

    /// <summary>Takes over a block rented from the shared pool.</summary>
    public JournalEntry(ExecutionEventKind kind, bool isLate, long sequence, DateTimeOffset timestamp, byte[] rented, int length)
    {
        Kind = kind;
        IsLate = isLate;
        Sequence = sequence;
        Timestamp = timestamp;
        PayloadLength = length;
        _block = rented;
    }

    public ExecutionEventKind Kind { get; }

    public bool IsLate { get; }

    /// <summary>Gets the position in the journal: 1 for the first event, without gaps.</summary>
    public long Sequence { get; }

    public DateTimeOffset Timestamp { get; }

    public int PayloadLength { get; }

    /// <summary>Gets the payload; valid while the caller holds a reference.</summary>
    public ReadOnlyMemory<byte> Payload =>
        (_block ?? throw new ObjectDisposedException(nameof(JournalEntry))).AsMemory(0, PayloadLength);

    public void Acquire() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0) return;
        if (Interlocked.Exchange(ref _block, null) is { } block) ArrayPool<byte>.Shared.Return(block);
    }
}
