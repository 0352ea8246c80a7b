using KernelGateway.Memory;
using KernelGateway.Telemetry;

namespace KernelGateway.Executions;

/// <summary>
/// The services that the journals of one gateway share: memory, disk, the watch over readers, the count of dropped events.
/// </summary>
internal sealed class JournalStore(MemoryAccount memory, SpillSpace spill, ReaderWatch readers, GatewayTelemetry? telemetry = null)
{
    // The rest of the account is for code, queues and requests: output of one context does not make others fail.
    private readonly long _memoryLimitBytes = memory.LimitBytes / 4 * 3;
    private long _memoryBytes;

    public SpillSpace Spill { get; } = spill;

    public ReaderWatch Readers { get; } = readers;

    /// <summary>Counts events that a journal has not kept. It calls listeners of the host: the caller holds no lock.</summary>
    public void NoteDrops(DropReason reason, long count)
    {
        if (count > 0) telemetry?.OnMessageDropped(DropStage.Journal, reason, count);
    }

    /// <summary>Gets the memory of all journals, in bytes.</summary>
    public long MemoryBytes => Volatile.Read(ref _memoryBytes);

    /// <summary>Reserves memory for entries; false when there is not so much left.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _memoryBytes, bytes) <= _memoryLimitBytes && memory.TryReserve(bytes)) return true;
        Interlocked.Add(ref _memoryBytes, -bytes);
        return false;
    }

    /// <summary>Reserves memory for an entry that cannot be dropped.</summary>
    public void Reserve(long bytes)
    {
        Interlocked.Add(ref _memoryBytes, bytes);
        memory.Reserve(bytes);
    }

    public void Release(long bytes)
    {
        Interlocked.Add(ref _memoryBytes, -bytes);
        memory.Release(bytes);
    }
}
