using System.Collections.Concurrent;
using KernelGateway.Memory;

namespace KernelGateway.Executions;

/// <summary>The executions that can be found by id: all that are not over, and the newest of those that are.</summary>
/// <remarks>Each counts with its code, variables and events. Those that are over are given up for whoever needs their memory.</remarks>
internal sealed class ExecutionRegistry
{
    // What a removed context may leave behind, the newest executions, so that a client can still read how the last ones ended.
    private const long BytesKeptOfRemovedContext = 256 * 1024;

    private readonly int _retained;
    private readonly long _retainedBytes;
    private readonly MemoryAccount _memory;
    private readonly ConcurrentDictionary<string, Execution> _byId = new();
    private readonly Lock _gate = new();
    private readonly LinkedList<Execution> _ended = new();
    private long _endedBytes;
    private long _added;

    public ExecutionRegistry(int retained, long retainedBytes, MemoryAccount memory)
    {
        _retained = retained;
        _retainedBytes = retainedBytes;
        _memory = memory;
        memory.Reclaim = GiveUpFor;
    }

    public Execution? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Takes in an execution; false when its code does not fit into memory.</summary>
    public bool TryAdd(Execution execution)
    {
        if (!_memory.TryReserve(execution.CodeCost)) return false;
        execution.Number = Interlocked.Increment(ref _added);
        _byId[execution.Id] = execution;
        return true;
    }

    /// <summary>Gives those of one owner, in the order in which they were accepted.</summary>
    public IReadOnlyList<Execution> ListOf(IExecutionOwner owner) =>
        [.. _byId.Values.Where(execution => execution.IsOf(owner)).OrderBy(execution => execution.Number)];

    /// <summary>Counts an execution among those that are over; the oldest of them are given up when there are too many. Never throws.</summary>
    public void Retire(Execution execution)
    {
        // Output may come after the end.
        execution.Journal.Grown = bytes => Grow(execution, bytes);
        Grow(execution, execution.CodeCost + execution.Journal.CostBytes, isNew: true);
    }

    /// <summary>Gives up the executions of a context that was removed, but for the newest ones that hold little, and that in memory. Never throws.</summary>
    public void GiveUp(IExecutionOwner owner)
    {
        List<Execution> given = [];
        lock (_gate)
        {
            var keptBytes = 0L;
            for (var node = _ended.Last; node is not null;)
            {
                var (execution, previous) = (node.Value, node.Previous);
                if (execution.IsOf(owner))
                {
                    // A file each would be held open for them.
                    keptBytes += execution.RetiredBytes;
                    if (keptBytes > BytesKeptOfRemovedContext || execution.Journal.IsSpilled) given.Add(Remove(node));
                }

                node = previous;
            }
        }

        GiveUp(given);
    }

    /// <summary>Gives up every execution; their readers finish what they have.</summary>
    public void Clear()
    {
        lock (_gate) _ended.Clear();
        GiveUp([.. _byId.Values]);
    }

    private void Grow(Execution execution, long bytes, bool isNew = false)
    {
        List<Execution> given = [];
        lock (_gate)
        {
            if (isNew != execution.Retired is null) return;
            if (isNew) execution.Retired = _ended.AddLast(execution);
            execution.RetiredBytes += bytes;
            _endedBytes += bytes;

            // The newest one stays whatever its size: its reader may be about to come.
            while (_ended.Count > 1 && (_ended.Count > _retained || _endedBytes > _retainedBytes)) given.Add(Remove(_ended.First!));
        }

        GiveUp(given);
    }

    private bool GiveUpFor(long bytes)
    {
        List<Execution> given = [];
        lock (_gate)
        {
            while (bytes > 0 && _ended.Count > 1)
            {
                var oldest = Remove(_ended.First!);
                bytes -= oldest.CodeCost + oldest.Journal.MemoryBytes;
                given.Add(oldest);
            }
        }

        GiveUp(given);
        return given.Count > 0;
    }

    private Execution Remove(LinkedListNode<Execution> node)
    {
        _ended.Remove(node);
        node.Value.Retired = null;
        _endedBytes -= node.Value.RetiredBytes;
        return node.Value;
    }

    // Outside of the lock: whoever appends to a journal may be waiting for it here.
    private void GiveUp(List<Execution> executions)
    {
        foreach (var execution in executions)
        {
            if (_byId.TryRemove(execution.Id, out _)) _memory.Release(execution.CodeCost);
            execution.Journal.Dispose();
        }
    }
}
