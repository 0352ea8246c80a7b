using System.Text;
using KernelGateway.Memory;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Newtonsoft.Json;

namespace KernelGateway.Executions;

/// <summary>
/// The append-only record of one execution: one writer that never waits for a reader, many readers, each at its own position.
/// </summary>
/// <remarks>
/// Entries stay in memory up to a limit. Beyond it the older half is moved to a file, so a reader that has stopped reading uses
/// disk and not memory, and misses nothing when it continues. Entries that fit neither into memory nor on the disk, or exceed the
/// limit of the execution, are dropped and counted. The start, the error and the end of an execution are never dropped.
/// </remarks>
internal sealed class ExecutionJournal : IDisposable
{
    // Held by the appending thread, also while entries are written to the file. Taken before _gate.
    private readonly Lock _appending = new();

    // Guards the state that readers see, for short changes only: neither a reader nor an eviction waits for the disk or a copy.
    // All fields except the waiters and the holders change under both locks, so an appender may read them under its own lock.
    private readonly Lock _gate = new();
    private readonly JournalStore _store;
    private readonly JournalStorage _storage;
    private readonly long _maxBytes;
    private TaskCompletionSource? _appended;
    private long _end;
    private long _droppedEvents;
    private long _droppedBytes;
    private ExecutionEnd? _ended;           // Guarded by _appending.

    // What was dropped and is not in the metrics yet.
    private long _droppedByLimit;
    private long _droppedForRoom;

    // Readers, and the appender while it writes. The last of them to finish frees the entries of an evicted journal.
    private int _holders;

    public ExecutionJournal(JournalStore store, long memoryLimitBytes, long maxBytes)
    {
        _store = store;
        _storage = new JournalStorage(store, memoryLimitBytes, _gate);
        _maxBytes = maxBytes;
    }

    /// <summary>Creates a journal that shares nothing with others.</summary>
    public ExecutionJournal(int memoryLimitBytes, string spillDirectory)
        : this(
            new JournalStore(
                new MemoryAccount(long.MaxValue),
                new SpillSpace(spillDirectory, long.MaxValue, NullLogger.Instance, TimeProvider.System),
                new ReaderWatch(TimeSpan.FromDays(1), NullLogger.Instance, TimeProvider.System)),
            memoryLimitBytes,
            long.MaxValue)
    {
    }

    /// <summary>Gets the sequence number of the newest entry; 0 while there is none.</summary>
    public long LastSequence => _storage.Next - 1;

    /// <summary>Gets the cost of the journal in memory, in bytes.</summary>
    public long MemoryBytes => _storage.MemoryBytes;

    /// <summary>Gets the payload in memory and in the file, in bytes.</summary>
    public long TotalBytes => _storage.TotalBytes;

    /// <summary>Gets the cost of the journal in memory and on the disk, in bytes.</summary>
    public long CostBytes => _storage.CostBytes;

    /// <summary>Gets a value indicating whether a part of it is in a file.</summary>
    public bool IsSpilled => _storage.CostBytes > _storage.MemoryBytes;

    /// <summary>Gets how many events were not kept.</summary>
    public long DroppedEvents => Volatile.Read(ref _droppedEvents);

    /// <summary>Gets how many bytes of payload were not kept.</summary>
    public long DroppedBytes => Volatile.Read(ref _droppedBytes);

    /// <summary>Gets a value indicating whether the execution has produced more than it may.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Gets a value indicating whether the journal was evicted, and only open readers keep it.</summary>
    public bool IsEvicted { get; private set; }

    /// <summary>Gets or sets the callback for the growth of the cost of the journal, in bytes, after each entry.</summary>
    public Action<long>? Grown { get; set; }

    /// <summary>Gets the sequence number of the end event; 0 while the execution has not ended.</summary>
    public long EndSequence => Volatile.Read(ref _end);

    /// <summary>Appends an event; returns its sequence number, or 0 when it was dropped or the journal was evicted.</summary>
    /// <remarks>A caller that appends output calls <see cref="MeasureDrops"/> when it has released its locks.</remarks>
    public long Append(ExecutionEventKind kind, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
    {
        long sequence;
        Growth growth;
        lock (_appending) sequence = Append(kind, timestamp, payload, out growth);
        growth.Report();
        return sequence;
    }

    /// <summary>Appends the end, which counts the events dropped before it. Events after it are late.</summary>
    /// <remarks>An execution ends once: a second end is not appended.</remarks>
    /// <returns>The end as it was appended, by this call or an earlier one.</returns>
    public ExecutionEnd AppendEnd(ExecutionEnd end, DateTimeOffset timestamp)
    {
        Growth growth;
        lock (_appending)
        {
            if (_ended is not null) return _ended;
            end = WithDrops(end);
            var payload = Encoding.UTF8.GetBytes(end.ToJson().ToString(Formatting.None));
            try
            {
                Append(ExecutionEventKind.End, timestamp, payload, out growth);
            }
            finally
            {
                // Also when moving older entries to the file has failed: the end is in the journal then.
                if (_end != 0 || IsEvicted) _ended = end;
            }
        }

        growth.Report();
        return end;
    }

    /// <summary>Counts in the metrics what has been dropped since the last call.</summary>
    /// <remarks>It calls listeners of the host, which may do anything: the caller holds no lock.</remarks>
    public void MeasureDrops()
    {
        _store.NoteDrops(DropReason.OutputLimit, TakeCount(ref _droppedByLimit));
        _store.NoteDrops(DropReason.NoRoom, TakeCount(ref _droppedForRoom));
    }

    /// <summary>Opens a reader whose first entry is the one after <paramref name="after"/>.</summary>
    /// <param name="after">A sequence number; 0 for all.</param>
    /// <param name="isCutWhenIdle">Whether it is closed when it reads nothing for too long, also while the journal is
    /// retained.</param>
    /// <exception cref="ObjectDisposedException">The journal was evicted.</exception>
    public JournalReader OpenReader(long after, bool isCutWhenIdle = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        var reader = new JournalReader(this, after == long.MaxValue ? after : after + 1, isCutWhenIdle);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(IsEvicted, this);
            _holders++;
        }

        _store.Readers.Add(reader);
        return reader;
    }

    /// <summary>
    /// Evicts the journal: memory and file are freed when the last reader is closed. Never throws and never waits for the disk.
    /// </summary>
    public void Dispose()
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            if (IsEvicted) return;
            IsEvicted = true;

            // The client of the kernel keeps the journal for late output; the execution with its code goes.
            Grown = null;
            waiters = _appended;
            _appended = null;
            if (_holders == 0) _storage.Free();
        }

        waiters?.TrySetResult();
    }

    /// <summary>Takes the entry at a position, acquired for the caller; null when it is not there yet.</summary>
    /// <exception cref="ObjectDisposedException">The reader was closed and the journal was evicted.</exception>
    internal JournalEntry? TryRead(long sequence, ref long spillPosition) => _storage.TryRead(sequence, ref spillPosition);

    /// <summary>
    /// Returns a task that completes when an entry behind <paramref name="sequence"/> may be there, or null when none will come.
    /// </summary>
    internal Task? WhenAppended(long sequence)
    {
        lock (_gate)
        {
            if (sequence <= LastSequence) return Task.CompletedTask;
            if (_end != 0 || IsEvicted) return null;
            _appended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _appended.Task;
        }
    }

    internal bool HasEntry(long sequence) => sequence <= LastSequence;

    internal void CloseReader(JournalReader reader)
    {
        _store.Readers.Remove(reader);
        Leave();
    }

    // Under _appending.
    private long Append(ExecutionEventKind kind, DateTimeOffset timestamp, ReadOnlySpan<byte> payload, out Growth growth)
    {
        growth = default;
        Action<long>? grown;
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            if (IsEvicted) return 0;
            _holders++;
            grown = Grown;
        }

        try
        {
            var before = CostBytes;
            if (!TryAdd(kind, timestamp, payload)) return 0;
            var sequence = LastSequence;
            lock (_gate)
            {
                if (kind == ExecutionEventKind.End) _end = sequence;
                waiters = _appended;
                _appended = null;
            }

            // Readers first: they take new entries from memory while the older half is moved to the file.
            waiters?.TrySetResult();
            _storage.Trim();
            growth = new Growth(grown, CostBytes - before);
            return sequence;
        }
        finally
        {
            Leave();
        }
    }

    private ExecutionEnd WithDrops(ExecutionEnd end)
    {
        if (DroppedEvents == 0) return end;
        var reason = IsFull ? $"the output passed the limit of {_maxBytes} bytes" : "neither memory nor disk had room for it";
        return end with
        {
            IsComplete = false,
            DroppedEvents = DroppedEvents,
            DroppedBytes = DroppedBytes,
            Message = $"{end.Message} {DroppedEvents} events ({DroppedBytes} bytes) of output were dropped: {reason}."
                .TrimStart(),
        };
    }

    private bool TryAdd(ExecutionEventKind kind, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
    {
        var mayBeDropped = kind is not (ExecutionEventKind.Started or ExecutionEventKind.Error or ExecutionEventKind.End);
        IsFull |= mayBeDropped && payload.Length > _maxBytes - TotalBytes;
        if ((!IsFull || !mayBeDropped) && _storage.TryAdd(kind, _end != 0, timestamp, payload, mayBeDropped)) return true;
        _droppedEvents++;
        _droppedBytes += payload.Length;
        if (IsFull) Interlocked.Increment(ref _droppedByLimit);
        else Interlocked.Increment(ref _droppedForRoom);
        return false;
    }

    private static long TakeCount(ref long count) => Volatile.Read(ref count) == 0 ? 0 : Interlocked.Exchange(ref count, 0);

    private void Leave()
    {
        lock (_gate)
        {
            if (--_holders == 0 && IsEvicted) _storage.Free();
        }
    }

    // What an entry added to the cost of the journal, and who is told when the locks have been released.
    private readonly record struct Growth(Action<long>? Grown, long Bytes)
    {
        public void Report() => Grown?.Invoke(Bytes);
    }
}
