using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>The operations of a gateway that the faults need. The gateway is another process or this one.</summary>
internal interface IContextHost
{
    /// <summary>Gets the name of the gateway in the report.</summary>
    string Name { get; }

    /// <summary>Returns how many contexts of a kernel the gateway has.</summary>
    int Wanted(KernelKind kind);

    Task<SoakContext> CreateAsync(KernelKind kind, CancellationToken cancellationToken);

    Task RemoveAsync(SoakContext context, CancellationToken cancellationToken);

    /// <summary>Restarts a context. Returns false when the gateway refuses, because it is being removed or its kernel does not start.</summary>
    Task<bool> RestartAsync(SoakContext context, CancellationToken cancellationToken);

    Task InterruptAsync(SoakContext context, CancellationToken cancellationToken);

    /// <summary>Returns the process of the kernel and whether the kernel is dead; null when the context does not exist.</summary>
    Task<KernelStatus?> FindAsync(SoakContext context, CancellationToken cancellationToken);
}
