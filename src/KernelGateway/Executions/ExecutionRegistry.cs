using System.Collections.Concurrent;
using KernelGateway.Contexts;

namespace KernelGateway.Executions;

/// <summary>The executions that can be found by id: all that are not over, and the newest of those that are.</summary>
internal sealed class ExecutionRegistry(int retained, long retainedBytes)
{
    private readonly ConcurrentDictionary<string, Execution> _byId = new();
    private readonly Lock _gate = new();
    private readonly Queue<Execution> _ended = new();
    private long _endedBytes;
    private long _added;

    public void Add(Execution execution)
    {
        execution.Number = Interlocked.Increment(ref _added);
        _byId[execution.Id] = execution;
    }

    public Execution? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Gives those of one context, in the order in which they were accepted.</summary>
    public IReadOnlyList<Execution> ListOf(CodeContext context) =>
        [.. _byId.Values.Where(execution => execution.IsOf(context)).OrderBy(execution => execution.Number)];

    /// <summary>Counts an execution among those that are over; the oldest of them are given up when there are too many.</summary>
    public void Retire(Execution execution)
    {
        List<Execution>? given = null;
        lock (_gate)
        {
            _ended.Enqueue(execution);
            execution.RetiredBytes = execution.Journal.TotalBytes;
            _endedBytes += execution.RetiredBytes;

            // The newest one stays whatever its size: its reader may be about to come.
            while (_ended.Count > 1 && (_ended.Count > retained || _endedBytes > retainedBytes))
            {
                var oldest = _ended.Dequeue();
                _endedBytes -= oldest.RetiredBytes;
                (given ??= []).Add(oldest);
            }
        }

        if (given is null) return;
        foreach (var oldest in given)
        {
            _byId.TryRemove(oldest.Id, out _);
            oldest.Journal.Dispose();
        }
    }

    /// <summary>Gives up every execution; their readers finish what they have.</summary>
    public void Clear()
    {
        foreach (var execution in _byId.Values) execution.Journal.Dispose();
        _byId.Clear();
    }
}
