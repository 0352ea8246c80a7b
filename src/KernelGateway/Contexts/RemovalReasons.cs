namespace KernelGateway.Contexts;

/// <summary>Remembers for a while why contexts were removed that nobody asked to remove, so that their clients can be told.</summary>
internal sealed class RemovalReasons
{
    // A line of text each; clients that ask for a context of long ago learn that there is none.
    private const int Capacity = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _reasons = new(StringComparer.OrdinalIgnoreCase);     // Guarded by _gate, as the one below.
    private readonly Queue<string> _order = new();

    public void Remember(string contextId, string reason)
    {
        lock (_gate)
        {
            if (!_reasons.ContainsKey(contextId)) _order.Enqueue(contextId);
            _reasons[contextId] = reason;
            while (_order.Count > Capacity) _reasons.Remove(_order.Dequeue());
        }
    }

    /// <summary>Forgets a context that is there again.</summary>
    public void Forget(string contextId)
    {
        lock (_gate) _reasons.Remove(contextId);
    }

    public string? Find(string contextId)
    {
        lock (_gate) return _reasons.GetValueOrDefault(contextId);
    }
}
