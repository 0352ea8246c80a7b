using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>The contexts of one gateway that clients can use.</summary>
internal sealed class ContextPool(IContextHost host)
{
    private readonly Lock _gate = new();
    private readonly List<SoakContext> _contexts = [];

    public IContextHost Host => host;

    public IReadOnlyList<SoakContext> Contexts
    {
        get
        {
            lock (_gate) return [.. _contexts];
        }
    }

    /// <summary>Returns a random context; null when there is none.</summary>
    public SoakContext? Pick(Random random)
    {
        lock (_gate) return _contexts.Count == 0 ? null : _contexts[random.Next(_contexts.Count)];
    }

    public async Task AddAsync(KernelKind kind, CancellationToken cancellationToken)
    {
        var context = await host.CreateAsync(kind, cancellationToken);
        lock (_gate) _contexts.Add(context);
    }

    /// <summary>Removes a context, so that no new execution begins on it. Returns false when it was already removed.</summary>
    public bool TryTake(SoakContext context)
    {
        lock (_gate) return _contexts.Remove(context);
    }
}
