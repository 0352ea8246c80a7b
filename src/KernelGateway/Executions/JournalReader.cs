namespace KernelGateway.Executions;

/// <summary>One reader of a journal, at its own position. Not thread-safe.</summary>
internal sealed class JournalReader(ExecutionJournal journal, long next) : IDisposable
{
    // The file position of the next entry while it lies in the spill file; negative when it has to be looked up.
    private long _spillPosition = -1;
    private long _next = next;
    private bool _disposed;

    /// <summary>Takes the next entry, which the caller releases; null when it has not been appended yet.</summary>
    public JournalEntry? TryRead()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = journal.TryRead(_next, ref _spillPosition);
        if (entry is not null) _next++;
        return entry;
    }

    /// <summary>Takes the next entry as an event; null when it has not been appended yet.</summary>
    public ExecutionEvent? TryReadEvent()
    {
        if (TryRead() is not { } entry) return null;
        try
        {
            return ExecutionEvent.From(entry);
        }
        finally
        {
            entry.Release();
        }
    }

    /// <summary>
    /// Gives a task that completes when <see cref="TryRead"/> is worth another try, or null when the execution is over and
    /// everything has been read.
    /// </summary>
    public Task? WhenAppended() => journal.WhenAppended(_next);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        journal.CloseReader();
    }
}
