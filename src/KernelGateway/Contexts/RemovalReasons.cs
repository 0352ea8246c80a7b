namespace KernelGateway.Contexts;

/// <summary>Remembers for a while why the gateway removed contexts by itself, so that clients get the reason.</summary>
internal sealed class RemovalReasons
{
    // One line of text each. For a context that was removed long ago the answer is that there is none.
    private const int Capacity = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string ContextId, string Reason)>> _byId =
        new(StringComparer.OrdinalIgnoreCase);                                                  // Guarded by _gate, as the one below.
    private readonly LinkedList<(string ContextId, string Reason)> _order = new();

    public void Remember(string contextId, string reason)
    {
        lock (_gate)
        {
            Remove(contextId);
            _byId[contextId] = _order.AddLast((contextId, reason));
            if (_order.Count > Capacity) Remove(_order.First!.Value.ContextId);
        }
    }

    /// <summary>Forgets the reason of a context that exists again.</summary>
    public void Forget(string contextId)
    {
        lock (_gate) Remove(contextId);
    }

    public string? Find(string contextId)
    {
        lock (_gate) return _byId.GetValueOrDefault(contextId)?.Value.Reason;
    }

    // Under the gate.
    private void Remove(string contextId)
    {
        if (_byId.Remove(contextId, out var node)) _order.Remove(node);
    }
}
