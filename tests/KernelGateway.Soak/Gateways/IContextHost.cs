using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>What the faults need of a gateway, be it another process or this one.</summary>
internal interface IContextHost
{
    /// <summary>Gets the gateway's name in the books.</summary>
    string Name { get; }

    /// <summary>Gives how many contexts of a kernel it has.</summary>
    int Wanted(KernelKind kind);

    Task<SoakContext> CreateAsync(KernelKind kind, CancellationToken cancellationToken);

    Task RemoveAsync(SoakContext context, CancellationToken cancellationToken);

    /// <summary>Restarts a context; false when it refuses, because it is being removed or its kernel does not start.</summary>
    Task<bool> RestartAsync(SoakContext context, CancellationToken cancellationToken);

    Task InterruptAsync(SoakContext context, CancellationToken cancellationToken);

    /// <summary>Gives the process of the kernel and whether the context has given its kernel up; null when there is no such context.</summary>
    Task<KernelStatus?> FindAsync(SoakContext context, CancellationToken cancellationToken);
}
