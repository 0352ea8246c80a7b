using System.Collections.Concurrent;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Books;

/// <summary>Keeps every execution until it has ended, and counts the ends.</summary>
/// <remarks>Closed entries are removed, so that the book does not grow during the run.</remarks>
internal sealed class ExecutionBook(FindingList findings, TimeProvider time)
{
    private readonly ConcurrentDictionary<ExecutionEntry, bool> _open = new();
    private readonly ConcurrentDictionary<(string Kernel, bool IsReal, string Reason), long> _ended = new();
    private readonly ConcurrentDictionary<string, LatencyHistogram> _latencies = new();
    private long _submitted;
    private long _closed;
    private long _lines;
    private long _dropped;
    private long _incomplete;

    public long Submitted => Volatile.Read(ref _submitted);

    public long Ended => Volatile.Read(ref _closed);

    public long LinesReceived => Volatile.Read(ref _lines);

    public long LinesDropped => Volatile.Read(ref _dropped);

    /// <summary>Gets the number of ends that reported that output may be missing.</summary>
    public long Incomplete => Volatile.Read(ref _incomplete);

    public IReadOnlyCollection<ExecutionEntry> Open => [.. _open.Keys];

    public IReadOnlyDictionary<(string Kernel, bool IsReal, string Reason), long> EndedByReason => _ended;

    /// <summary>Gets the time from submission to end of cells with a few lines, by surface.</summary>
    public IReadOnlyDictionary<string, LatencyHistogram> Latencies => _latencies;

    /// <summary>Adds an execution that the gateway has accepted.</summary>
    public void Enter(ExecutionEntry entry)
    {
        Interlocked.Increment(ref _submitted);
        _open[entry] = true;
    }

    /// <summary>Closes and checks an execution whose end has been read.</summary>
    public void Close(ExecutionEntry entry)
    {
        foreach (var problem in Verdict.Find(entry)) findings.Add("execution", $"{problem}: {entry}");
        if (!_open.TryRemove(entry, out _))
        {
            findings.Add("execution", $"it was closed twice: {entry}");
            return;
        }

        if (entry.End is not { } end) return;
        Interlocked.Increment(ref _closed);
        Interlocked.Add(ref _lines, entry.Receipt.Received);
        Interlocked.Add(ref _dropped, entry.Receipt.Dropped);
        if (!end.IsComplete) Interlocked.Increment(ref _incomplete);
        _ended.AddOrUpdate((entry.KernelName, entry.IsReal, end.Reason), 1, (_, count) => count + 1);
        if (entry.Cell is { Kind: CellKind.Lines, Lines: <= 100 } && end.Reason == EndNote.Completed)
        {
            _latencies.GetOrAdd(entry.Surface, _ => new LatencyHistogram()).Add(time.GetElapsedTime(entry.SubmittedAt));
        }
    }

    /// <summary>Reports the executions that have not ended. Called when all should have ended.</summary>
    public void CloseBook()
    {
        foreach (var entry in _open.Keys) findings.Add("lost", $"it was submitted and no end was seen: {entry}");
        if (Submitted != Ended) findings.Add("lost", $"{Submitted} executions were submitted and {Ended} ended");
    }
}
