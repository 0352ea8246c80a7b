using System.Runtime.CompilerServices;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>The output of a process in the order in which it was read from its pipes, with any number of readers.</summary>
/// <remarks>
/// While there is a reader nothing is dropped that it has not read: the journal is full when the slowest one is the maximum
/// behind, and the process then waits. Without a reader the last part is kept. Of what a reader has received a quarter of the
/// maximum is kept, for a client that lost its connection and continues from a position.
/// </remarks>
/// <param name="maxBytes">How much is kept.</param>
/// <param name="chunkBytes">The size of the largest piece that a reader gets.</param>
/// <param name="streams">The number of streams that end.</param>
/// <param name="onRoom">Called when the journal was full and is not any more.</param>
internal sealed class OutputJournal(int maxBytes, int chunkBytes, int streams, Action onRoom)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _streamsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<OutputSegment> _segments = [];    // Guarded by _lock, as all below.
    private readonly List<Reader> _readers = [];
    private TaskCompletionSource? _changed;
    private int _openStreams = streams;
    private long _end;                                      // The position after the last byte.
    private long _oldest;                                   // That of the first byte that is kept.
    private long _received;                                 // That after the last byte that any reader has received.
    private bool _isReserved = true;                        // Nothing is dropped: the first reader is about to come.
    private bool _isComplete;
    private bool _isDiscarding;
    private bool _wasFull;

    /// <summary>Gets the end of all streams.</summary>
    internal Task StreamsEnded => _streamsEnded.Task;

    /// <summary>Gets how many bytes are kept.</summary>
    internal long KeptBytes
    {
        get
        {
            lock (_lock) return _end - _oldest;
        }
    }

    /// <summary>Gets whether the process is to wait.</summary>
    internal bool IsFull
    {
        get
        {
            lock (_lock)
            {
                if (CountUnread() < maxBytes) return false;
                return _wasFull = true;
            }
        }
    }

    internal void Append(ProcessOutputKind kind, ReadOnlySpan<byte> bytes)
    {
        TaskCompletionSource? changed;
        lock (_lock)
        {
            if (_isDiscarding) return;
            while (!bytes.IsEmpty)
            {
                if (_segments.Count == 0 || _segments[^1].IsFull) _segments.Add(new OutputSegment(_end, chunkBytes));
                var count = _segments[^1].Append(kind, bytes);
                bytes = bytes[count..];
                _end += count;
            }

            Trim();
            changed = TakeChanged();
        }

        changed?.TrySetResult();
    }

    /// <summary>Reports that one of the streams has ended.</summary>
    internal void EndStream()
    {
        lock (_lock)
        {
            if (--_openStreams > 0) return;
        }

        _streamsEnded.TrySetResult();
    }

    /// <summary>Ends the readers once they have what is there now. What comes later is kept for readers that come later.</summary>
    internal void Complete()
    {
        TaskCompletionSource? changed;
        lock (_lock)
        {
            _isComplete = true;
            foreach (var reader in _readers) reader.Limit = _end;
            changed = TakeChanged();
        }

        changed?.TrySetResult();
    }

    /// <summary>Drops what comes while nobody reads, from now on.</summary>
    internal void EndReservation() => ChangeAndReportRoom(() => _isReserved = false);

    /// <summary>Drops everything that no reader is about to read, and whatever comes.</summary>
    internal void Discard() => ChangeAndReportRoom(() =>
    {
        _isDiscarding = true;
        _isReserved = false;
    });

    /// <summary>Reads from a position.</summary>
    /// <param name="after">The position; -1 for that after the last byte that a reader has received; null for the end.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async IAsyncEnumerable<ProcessOutput> ReadAsync(long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = Attach(after);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (TryTake(reader, out var output, out var changed))
                {
                    yield return output;
                    // A caller that comes back has dealt with it.
                    Advance(reader, output.NextPosition);
                }
                else if (changed is null)
                {
                    yield break;
                }
                else
                {
                    await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ChangeAndReportRoom(() => _readers.Remove(reader));
        }
    }

    private Reader Attach(long? after)
    {
        lock (_lock)
        {
            var position = after is null ? _end : after < 0 ? _received : Math.Min(after.Value, _end);
            var reader = new Reader { Position = position, Limit = _isComplete ? _end : long.MaxValue };
            _readers.Add(reader);
            _isReserved = false;
            return reader;
        }
    }

    /// <summary>Gets the next piece for a reader; otherwise what it waits for, null at the end.</summary>
    private bool TryTake(Reader reader, out ProcessOutput output, out Task? changed)
    {
        lock (_lock)
        {
            output = null!;
            changed = null;
            if (reader.Position >= reader.Limit) return false;
            if (reader.Position >= _end)
            {
                changed = (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                return false;
            }

            output = reader.Position < _oldest
                ? new ProcessOutput
                {
                    Kind = ProcessOutputKind.Dropped,
                    Position = reader.Position,
                    DroppedBytes = Math.Min(_oldest, reader.Limit) - reader.Position,
                }
                : FindSegment(reader.Position).Read(reader.Position, reader.Limit);
            return true;
        }
    }

    private void Advance(Reader reader, long position) => ChangeAndReportRoom(() =>
    {
        reader.Position = position;
        _received = Math.Max(_received, position);
    });

    private void ChangeAndReportRoom(Action change)
    {
        var hasRoom = false;
        lock (_lock)
        {
            change();
            Trim();
            // Not for each piece that is read: the process waits until a quarter is free.
            if (_wasFull && CountUnread() <= maxBytes / 4 * 3)
            {
                _wasFull = false;
                hasRoom = true;
            }
        }

        if (hasRoom) onRoom();
    }

    private long CountUnread()
    {
        if (_isDiscarding) return 0;
        if (_readers.Count == 0) return _isReserved ? _end : 0;
        var slowest = _end;
        foreach (var reader in _readers) slowest = Math.Min(slowest, reader.Position);
        return _end - slowest;
    }

    private void Trim()
    {
        var keptFrom = _isDiscarding ? _end : Math.Max(_end - maxBytes, Math.Min(_received, _end - maxBytes / 4));
        if (_isReserved) keptFrom = 0;
        foreach (var reader in _readers) keptFrom = Math.Min(keptFrom, reader.Position);
        _oldest = Math.Max(_oldest, keptFrom);
        var dropped = _segments.FindIndex(segment => segment.End > _oldest);
        if (dropped != 0) _segments.RemoveRange(0, dropped < 0 ? _segments.Count : dropped);
    }

    private OutputSegment FindSegment(long position) => _segments.Find(segment => position < segment.End)!;

    private TaskCompletionSource? TakeChanged()
    {
        var changed = _changed;
        _changed = null;
        return changed;
    }

    private sealed class Reader
    {
        internal long Position { get; set; }

        internal long Limit { get; set; }
    }
}
