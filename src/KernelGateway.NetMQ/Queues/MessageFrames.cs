using System.Collections;
using KernelGateway.Transports;
using NetMQ;

namespace KernelGateway.NetMQ.Queues;

/// <summary>A received message: NetMQ's buffers, which are given back when it is disposed, and what is reserved for them.</summary>
internal sealed class MessageFrames(Msg[] parts, long bytes) : IReadOnlyList<ReadOnlyMemory<byte>>, IDisposable
{
    private Msg[]? _parts = parts;
    private IMessageBudget? _reservedIn;

    /// <summary>Gets the bytes of all frames together.</summary>
    public long Bytes => bytes;

    /// <summary>Gets a value indicating whether the budget has granted its memory.</summary>
    public bool IsReserved => _reservedIn is not null;

    /// <inheritdoc/>
    public int Count => Parts.Length;

    private Msg[] Parts => Volatile.Read(ref _parts) ?? throw new ObjectDisposedException(nameof(MessageFrames));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            ref var part = ref Parts[index];
            return part.Size == 0 ? default : part.SliceAsMemory();
        }
    }

    /// <summary>Reserves its memory; false when the budget refuses it.</summary>
    public bool TryReserve(IMessageBudget? budget)
    {
        if (budget is null || bytes == 0) return true;
        if (!budget.TryReserve(bytes)) return false;
        _reservedIn = budget;
        return true;
    }

    /// <summary>Gives the buffers back to NetMQ, and the reservation to the budget.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _parts, null) is not { } closing) return;
        for (var i = 0; i < closing.Length; i++) closing[i].Close();
        _reservedIn?.Release(bytes);
    }

    /// <inheritdoc/>
    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
