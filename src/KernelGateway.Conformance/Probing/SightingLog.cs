namespace KernelGateway.Conformance.Probing;

/// <summary>Keeps the messages of a kernel, by their request, and wakes waiters.</summary>
internal sealed class SightingLog
{
    private static readonly Sighting[] Nothing = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Sighting>> _byParent = [];     // Guarded by _lock, as the two below.
    private readonly List<Sighting> _all = [];
    private TaskCompletionSource _more = NewSignal();

    public void Add(Sighting sighting)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            _all.Add(sighting);
            var parent = sighting.Message?.ParentMessageId ?? "";
            if (!_byParent.TryGetValue(parent, out var family)) _byParent[parent] = family = [];
            family.Add(sighting);
            more = _more;
            _more = NewSignal();
        }

        more.TrySetResult();
    }

    /// <summary>Finds the messages whose parent is a request; the empty id finds those without a parent.</summary>
    public IReadOnlyList<Sighting> FindAnswersTo(string parentId)
    {
        lock (_lock) return _byParent.TryGetValue(parentId, out var family) ? [.. family] : Nothing;
    }

    public IReadOnlyList<Sighting> All
    {
        get
        {
            lock (_lock) return [.. _all];
        }
    }

    /// <summary>Forgets everything: a log that keeps messages of 16 MiB is soon a large one.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _all.Clear();
            _byParent.Clear();
        }
    }

    /// <summary>Returns a task that ends with the next message; get it before checking a condition.</summary>
    public Task More
    {
        get
        {
            lock (_lock) return _more.Task;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
