using System.Collections.Concurrent;
using KernelGateway.Memory;

namespace KernelGateway.Executions;

/// <summary>The executions that can be found by id: all that have not ended, and the newest of those that have.</summary>
/// <remarks>
/// Each counts with its code, variables and events. Ended executions are evicted, oldest first, when their memory is needed.
/// </remarks>
internal sealed class ExecutionRegistry
{
    // The newest executions of a removed context are retained up to this size, so that a client can still read how they ended.
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
        memory.Reclaim = EvictFor;
    }

    public Execution? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Adds an execution; false when its code does not fit into memory.</summary>
    public bool TryAdd(Execution execution)
    {
        if (!_memory.TryReserve(execution.CodeCost)) return false;
        execution.Number = Interlocked.Increment(ref _added);
        _byId[execution.Id] = execution;
        return true;
    }

    /// <summary>Returns the executions of one owner, in the order in which they were accepted.</summary>
    public IReadOnlyList<Execution> ListOf(IExecutionOwner owner) =>
        [.. _byId.Values.Where(execution => execution.IsOf(owner)).OrderBy(execution => execution.Number)];

    /// <summary>Counts an execution as ended; the oldest ended ones are evicted when there are too many. Never throws.</summary>
    public void Retire(Execution execution)
    {
        // Output may arrive after the end.
        execution.Journal.Grown = bytes => Grow(execution, bytes);
        Grow(execution, execution.CodeCost + execution.Journal.CostBytes, isNew: true);
    }

    /// <summary>
    /// Evicts the executions of a removed context, except the newest ones that are small and in memory. Never throws.
    /// </summary>
    public void Evict(IExecutionOwner owner)
    {
        List<Execution> evicted = [];
        lock (_gate)
        {
            var keptBytes = 0L;
            for (var node = _ended.Last; node is not null;)
            {
                var (execution, previous) = (node.Value, node.Previous);
                if (execution.IsOf(owner))
                {
                    // A spilled one would keep its file open.
                    keptBytes += execution.RetiredBytes;
                    if (keptBytes > BytesKeptOfRemovedContext || execution.Journal.IsSpilled) evicted.Add(Remove(node));
                }

                node = previous;
            }
        }

        Evict(evicted);
    }

    /// <summary>Evicts every execution; open readers can read to the end.</summary>
    public void Clear()
    {
        lock (_gate) _ended.Clear();
        Evict([.. _byId.Values]);
    }

    private void Grow(Execution execution, long bytes, bool isNew = false)
    {
        List<Execution> evicted = [];
        lock (_gate)
        {
            if (isNew != execution.Retired is null) return;
            if (isNew) execution.Retired = _ended.AddLast(execution);
            execution.RetiredBytes += bytes;
            _endedBytes += bytes;

            // The newest one is kept, whatever its size: its client may be about to read it.
            while (_ended.Count > 1 && (_ended.Count > _retained || _endedBytes > _retainedBytes)) evicted.Add(Remove(_ended.First!));
        }

        Evict(evicted);
    }

    private bool EvictFor(long bytes)
    {
        List<Execution> evicted = [];
        lock (_gate)
        {
            while (bytes > 0 && _ended.Count > 1)
            {
                var oldest = Remove(_ended.First!);
                bytes -= oldest.CodeCost + oldest.Journal.MemoryBytes;
                evicted.Add(oldest);
            }
        }

        Evict(evicted);
        return evicted.Count > 0;
    }

    private Execution Remove(LinkedListNode<Execution> node)
    {
        _ended.Remove(node);
        node.Value.Retired = null;
        _endedBytes -= node.Value.RetiredBytes;
        return node.Value;
    }

    // Outside of the lock: a thread that appends to one of these journals may be waiting for the lock.
    private void Evict(List<Execution> executions)
    {
        foreach (var execution in executions)
        {
            if (_byId.TryRemove(execution.Id, out _)) _memory.Release(execution.CodeCost);
            execution.Journal.Dispose();
        }
    }
}
