using KernelGateway.Contexts;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>A context of either gateway, with the log of its faults.</summary>
internal sealed class SoakContext(string id, KernelKind kind, TimeProvider time)
{
    public string Id { get; } = id;

    public KernelKind Kind { get; } = kind;

    public FaultLog Faults { get; } = new(time);

    /// <summary>Gets the context itself when its gateway runs in this process.</summary>
    public CodeContext? InProcess { get; init; }

    /// <summary>Gets the kernel when the soak started it.</summary>
    public AttachedKernel? Attached { get; init; }

    /// <summary>Gets or sets the time of the last kill. Only the fault actor of its gateway uses it.</summary>
    public long KilledAt { get; set; }

    public override string ToString() => $"{Kind.SpecName} {Id}";
}
