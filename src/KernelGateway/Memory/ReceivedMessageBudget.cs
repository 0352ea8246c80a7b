using KernelGateway.Transports;

namespace KernelGateway.Memory;

/// <summary>Counts the messages of all kernels that are being received, wait in a socket, or are being dispatched.</summary>
/// <remarks>
/// A message keeps its share until it has been dispatched. Whoever keeps a copy of it, such as a journal, reserves that before: while both
/// exist, both are counted.
/// </remarks>
internal sealed class ReceivedMessageBudget(MemoryAccount account) : IMessageBudget
{
    // Granted also while the account is full, so that code and queues of some contexts do not cost the others their output. It is the most
    // by which messages can exceed the limit of the account.
    private readonly long _guaranteedBytes = Math.Max(8 << 20, account.LimitBytes / 16);
    private long _usedBytes;

    public bool TryReserve(long bytes)
    {
        var used = Interlocked.Add(ref _usedBytes, bytes);
        if (account.TryReserve(bytes)) return true;
        if (used <= _guaranteedBytes)
        {
            account.Reserve(bytes);
            return true;
        }

        Interlocked.Add(ref _usedBytes, -bytes);
        return false;
    }

    public void Release(long bytes)
    {
        Interlocked.Add(ref _usedBytes, -bytes);
        account.Release(bytes);
    }
}
