using System.Runtime.InteropServices;

namespace KernelGateway.Executions;

/// <summary>Stores the entries of one journal: the newest in memory, the older ones in a file.</summary>
/// <remarks>
/// There is one appender at a time. It holds the gate only for changes that readers see, and not while it writes to the file:
/// entries that are being written are still read from memory.
/// </remarks>
internal sealed class JournalStorage(JournalStore store, long memoryLimitBytes, Lock gate)
{
    // While nothing can be written to the disk, a journal may hold this multiple of its limit, if there is memory.
    private const int MemoryFactorWithoutDisk = 8;

    private readonly List<JournalEntry> _memory = [];
    private JournalSpill? _spill;
    private long _firstInMemory = 1;
    private long _next = 1;
    private long _memoryBytes;
    private long _totalBytes;
    private bool _isFreed;

    /// <summary>Gets the sequence number of the next entry.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>Gets the cost of the entries in memory, in bytes.</summary>
    public long MemoryBytes => Volatile.Read(ref _memoryBytes);

    /// <summary>Gets the size of all payloads, in bytes.</summary>
    public long TotalBytes => Volatile.Read(ref _totalBytes);

    /// <summary>Gets the cost of the entries in memory and on the disk, in bytes.</summary>
    public long CostBytes => MemoryBytes + (_spill?.Length ?? 0);

    /// <summary>Adds an entry; false when there is no room for it and it may be dropped.</summary>
    public bool TryAdd(ExecutionEventKind kind, bool isLate, DateTimeOffset timestamp, ReadOnlySpan<byte> payload, bool mayBeDropped)
    {
        var entry = payload.Length < memoryLimitBytes ? new JournalEntry(kind, isLate, _next, timestamp, payload) : null;
        if (entry is not null && TryReserve(entry.Cost))
        {
            AddToMemory(entry);
            return true;
        }

        // Too large for memory, or no memory is left: it is written to the file at once, without a copy. The entries before it
        // are written first.
        if (TrySpill(_memoryBytes) && OpenSpill()?.TryAppend(kind, isLate, timestamp, payload) == true)
        {
            lock (gate)
            {
                _firstInMemory = ++_next;
                _totalBytes += payload.Length;
            }

            entry?.Release();
            return true;
        }

        entry ??= new JournalEntry(kind, isLate, _next, timestamp, payload);
        if (!mayBeDropped)
        {
            store.Reserve(entry.Cost);
        }
        else if (!TryReserve(entry.Cost))
        {
            entry.Release();
            return false;
        }

        AddToMemory(entry);
        return true;
    }

    /// <summary>Moves the older half to the file if there is more in memory than should be.</summary>
    public void Trim()
    {
        if (_memoryBytes > memoryLimitBytes) TrySpill(_memoryBytes - memoryLimitBytes / 2);
    }

    /// <summary>Takes the entry at a position, acquired for the caller; null when it is not there yet.</summary>
    /// <exception cref="ObjectDisposedException">The journal was evicted.</exception>
    public JournalEntry? TryRead(long sequence, ref long spillPosition)
    {
        JournalSpill spill;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(_isFreed, this);
            if (sequence >= _next) return null;
            if (sequence >= _firstInMemory)
            {
                var entry = _memory[(int)(sequence - _firstInMemory)];
                entry.Acquire();
                spillPosition = -1;
                return entry;
            }

            spill = _spill!;
        }

        // Outside the lock: written entries never change, and the file exists as long as there is a reader.
        if (spillPosition < 0) spillPosition = spill.Find(sequence);
        return spill.Read(ref spillPosition, sequence);
    }

    /// <summary>Releases memory and file, under the gate. Never throws.</summary>
    public void Free()
    {
        if (_isFreed) return;
        _isFreed = true;
        foreach (var entry in _memory) entry.Release();
        _memory.Clear();
        _memory.Capacity = 0;
        store.Release(_memoryBytes);
        _memoryBytes = 0;
        _spill?.Close();
    }

    private bool TryReserve(long bytes) =>
        _memoryBytes + bytes <= memoryLimitBytes * MemoryFactorWithoutDisk && store.TryReserve(bytes);

    private void AddToMemory(JournalEntry entry)
    {
        lock (gate)
        {
            _memory.Add(entry);
            _memoryBytes += entry.Cost;
            _next++;
            _totalBytes += entry.PayloadLength;
        }
    }

    private JournalSpill? OpenSpill() => _spill ??= JournalSpill.TryOpen(store.Spill);

    // Moves the oldest entries, of at least that cost together, to the file; false when they cannot be written.
    private bool TrySpill(long wantedBytes)
    {
        if (store.Spill.IsSuspended) return false;
        var count = 0;
        var bytes = 0L;
        while (count < _memory.Count && bytes < wantedBytes) bytes += _memory[count++].Cost;
        if (count == 0) return true;
        if (OpenSpill() is not { } spill || !spill.TryAppend(CollectionsMarshal.AsSpan(_memory)[..count])) return false;

        lock (gate)
        {
            foreach (var entry in CollectionsMarshal.AsSpan(_memory)[..count]) entry.Release();
            _memory.RemoveRange(0, count);
            _firstInMemory += count;
            _memoryBytes -= bytes;
        }

        store.Release(bytes);
        return true;
    }
}
