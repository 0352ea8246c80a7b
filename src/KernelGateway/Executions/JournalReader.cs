namespace KernelGateway.Executions;

/// <summary>One reader of a journal, at its own position. Not thread-safe, but for what <see cref="ReaderWatch"/> calls.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly ExecutionJournal _journal;
    private readonly bool _isCutWhenIdle;
    private readonly CancellationTokenSource _cut = new();

    // The file position of the next entry while it is in the spill file; negative when it has to be looked up.
    private long _spillPosition = -1;
    private long _next;
    private long _seenByWatch;
    private string? _cutReason;
    private int _closed;

    internal JournalReader(ExecutionJournal journal, long next, bool isCutWhenIdle)
    {
        _journal = journal;
        _next = next;
        _isCutWhenIdle = isCutWhenIdle;
    }

    /// <summary>Gets the sequence number of the entry that was taken last; 0 while there is none.</summary>
    public long Position => Volatile.Read(ref _next) - 1;

    /// <summary>Gets why the reader was cut, a sentence; null while it was not.</summary>
    public string? CutReason => Volatile.Read(ref _cutReason);

    /// <summary>Gets a token that fires when the reader is cut.</summary>
    public CancellationToken CutToken => _cut.Token;

    /// <summary>
    /// Gets or sets the timestamp at which <see cref="ReaderWatch"/> last saw that the reader has read everything, or has
    /// advanced.
    /// </summary>
    internal long LastProgress { get; set; }

    /// <summary>Takes the next entry, which the caller releases; null when it has not been appended yet.</summary>
    /// <exception cref="TimeoutException">The reader was cut because it took nothing for too long.</exception>
    public JournalEntry? TryRead()
    {
        ThrowIfClosed();
        JournalEntry? entry;
        try
        {
            entry = _journal.TryRead(_next, ref _spillPosition);
        }
        catch (ObjectDisposedException)
        {
            // Cut while it read.
            ThrowIfClosed();
            throw;
        }

        if (entry is not null) Volatile.Write(ref _next, _next + 1);
        return entry;
    }

    /// <summary>Takes the next entry as an event; null when it has not been appended yet.</summary>
    /// <exception cref="TimeoutException">The reader was cut because it took nothing for too long.</exception>
    public ExecutionEvent? TryReadEvent()
    {
        if (TryRead() is not { } entry) return null;
        try
        {
            return EventReader.Read(entry);
        }
        finally
        {
            entry.Release();
        }
    }

    /// <summary>
    /// Returns a task that completes when <see cref="TryRead"/> is worth another try, or null when the execution has ended and
    /// everything has been read.
    /// </summary>
    public Task? WhenAppended() => _journal.WhenAppended(_next);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0) _journal.CloseReader(this);
    }

    /// <summary>Returns whether the reader has advanced since the last call, or has nothing to read.</summary>
    internal bool NoteProgress(long now)
    {
        var next = Volatile.Read(ref _next);
        var mayStay = next != _seenByWatch || !_journal.HasEntry(next) || !(_isCutWhenIdle || _journal.IsEvicted);
        _seenByWatch = next;
        if (mayStay) LastProgress = now;
        return mayStay;
    }

    /// <summary>Closes the reader from outside; false when it is closed already.</summary>
    internal bool Cut(TimeSpan idle)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return false;
        Volatile.Write(ref _cutReason, $"Nothing was read for {idle.TotalSeconds:0.#} s although events were waiting; continue to read after event {Position}.");
        _journal.CloseReader(this);
        _ = _cut.CancelAsync();
        return true;
    }

    private void ThrowIfClosed()
    {
        if (CutReason is { } reason) throw new TimeoutException(reason);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
    }
}
