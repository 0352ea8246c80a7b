using System.Runtime.InteropServices;
using System.Text;
using Newtonsoft.Json;

namespace KernelGateway.Executions;

/// <summary>
/// The append-only record of one execution: one writer that never waits for anybody, many readers, each at its own position.
/// </summary>
/// <remarks>
/// Entries stay in memory up to a limit; past it the older half moves to a file, so that a reader that has stopped reading
/// costs disk, not memory, and loses nothing when it goes on.
/// </remarks>
internal sealed class ExecutionJournal : IDisposable
{
    // One remembered file position for so many spilled entries: a reader that starts in the middle walks at most this far.
    private const int IndexStride = 256;

    // Held by whoever appends, also while entries are written to the file. Taken before _gate.
    private readonly Lock _appending = new();

    // Guards what readers see, for short state changes only: a reader waits neither for the disk nor for a copy. All but the waiters
    // and the number of readers changes under both locks, so an appender may look at it under its own.
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _memory = [];
    private readonly List<long> _spillIndex = [];
    private readonly int _memoryLimitBytes;
    private readonly string _spillDirectory;
    private JournalSpill? _spill;
    private TaskCompletionSource? _appended;
    private long _firstInMemory = 1;
    private long _next = 1;
    private long _end;
    private long _memoryBytes;
    private int _readers;
    private bool _spillFailed;
    private bool _disposed;

    public ExecutionJournal(int memoryLimitBytes, string spillDirectory)
    {
        _memoryLimitBytes = memoryLimitBytes;
        _spillDirectory = spillDirectory;
    }

    /// <summary>Gets the sequence number of the newest entry; 0 while there is none.</summary>
    public long LastSequence
    {
        get
        {
            lock (_gate) return _next - 1;
        }
    }

    /// <summary>Gets what the journal holds in memory, in bytes of payload.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (_gate) return _memoryBytes;
        }
    }

    /// <summary>Gets what the journal holds, in memory and in its file, in bytes of payload.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Gets the sequence number of the end event; 0 while the execution is not over.</summary>
    public long EndSequence
    {
        get
        {
            lock (_gate) return _end;
        }
    }

    /// <summary>Appends an event; returns its sequence number, or 0 when the journal is already disposed.</summary>
    public long Append(ExecutionEventKind kind, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
    {
        lock (_appending)
        {
            if (_disposed) return 0;
            var entry = new JournalEntry(kind, isLate: _end != 0, _next, timestamp, payload);
            TaskCompletionSource? waiters;
            lock (_gate)
            {
                _memory.Add(entry);
                _next++;
                if (kind == ExecutionEventKind.End) _end = entry.Sequence;
                _memoryBytes += payload.Length;
                TotalBytes += payload.Length;
                waiters = _appended;
                _appended = null;
            }

            // Readers first: they take what is new from memory while the older half goes to the file.
            waiters?.TrySetResult();
            if (_memoryBytes > _memoryLimitBytes) SpillOlderHalf();
            return entry.Sequence;
        }
    }

    /// <summary>Appends the end; what comes behind it is late.</summary>
    public void AppendEnd(ExecutionEnd end, DateTimeOffset timestamp) =>
        Append(ExecutionEventKind.End, timestamp, Encoding.UTF8.GetBytes(end.ToJson().ToString(Formatting.None)));

    /// <summary>Opens a reader whose first entry is the one behind <paramref name="after"/>.</summary>
    /// <exception cref="ObjectDisposedException">The journal has been given up.</exception>
    public JournalReader OpenReader(long after)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _readers++;
            return new JournalReader(this, after + 1);
        }
    }

    /// <summary>Gives up the journal: its memory and file go when the last reader has gone.</summary>
    public void Dispose()
    {
        TaskCompletionSource? waiters;
        lock (_appending)
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            waiters = _appended;
            _appended = null;
            if (_readers == 0) Free();
        }

        waiters?.TrySetResult();
    }

    /// <summary>Takes the entry at a position, acquired for the caller; null when it is not there yet.</summary>
    internal JournalEntry? TryRead(long sequence, ref long spillPosition)
    {
        JournalSpill spill;
        lock (_gate)
        {
            if (sequence >= _next) return null;
            if (sequence >= _firstInMemory)
            {
                var entry = _memory[(int)(sequence - _firstInMemory)];
                entry.Acquire();
                spillPosition = -1;
                return entry;
            }

            spill = _spill!;
            if (spillPosition < 0) spillPosition = FindInSpill(sequence);
        }

        // Outside the lock: what has been spilled never changes, and the file lives as long as there is a reader.
        return spill.Read(ref spillPosition, sequence);
    }

    /// <summary>Gives a task that completes when an entry behind <paramref name="sequence"/> may be there, or null when none will come.</summary>
    internal Task? WhenAppended(long sequence)
    {
        lock (_gate)
        {
            if (sequence < _next) return Task.CompletedTask;
            if (_end != 0 || _disposed) return null;
            _appended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _appended.Task;
        }
    }

    internal void CloseReader()
    {
        lock (_gate)
        {
            if (--_readers == 0 && _disposed) Free();
        }
    }

    // Under _appending: nothing is appended or given up meanwhile, and what is being written is still read from memory.
    private void SpillOlderHalf()
    {
        if (_spillFailed) return;
        var count = 0;
        var bytes = 0L;
        while (count < _memory.Count && bytes < _memoryBytes - _memoryLimitBytes / 2) bytes += _memory[count++].PayloadLength;

        var index = new List<long>();
        try
        {
            var spill = _spill ??= new JournalSpill(_spillDirectory);
            for (var i = 0; i < count; i++)
            {
                if ((_firstInMemory - 1 + i) % IndexStride == 0) index.Add(spill.Length);
                spill.Append(_memory[i]);
            }

            spill.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not lose output: what could not be moved stays in memory from here on.
            _spillFailed = true;
            return;
        }

        lock (_gate)
        {
            foreach (var entry in CollectionsMarshal.AsSpan(_memory)[..count]) entry.Release();
            _memory.RemoveRange(0, count);
            _spillIndex.AddRange(index);
            _firstInMemory += count;
            _memoryBytes -= bytes;
        }
    }

    private long FindInSpill(long sequence)
    {
        var slot = (int)((sequence - 1) / IndexStride);
        var position = _spillIndex[slot];
        for (var at = (long)slot * IndexStride + 1; at < sequence; at++) position = _spill!.Skip(position);
        return position;
    }

    private void Free()
    {
        foreach (var entry in _memory) entry.Release();
        _memory.Clear();
        _spill?.Dispose();
    }
}
