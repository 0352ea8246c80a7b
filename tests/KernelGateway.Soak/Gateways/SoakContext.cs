using KernelGateway.Contexts;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Gateways;

/// <summary>A context of either gateway, with what was done to it.</summary>
internal sealed class SoakContext(string id, KernelKind kind, TimeProvider time)
{
    public string Id { get; } = id;

    public KernelKind Kind { get; } = kind;

    public FaultLog Faults { get; } = new(time);

    /// <summary>Gets the context itself, when its gateway runs in this process.</summary>
    public CodeContext? InProcess { get; init; }

    /// <summary>Gets the kernel, when the soak started it.</summary>
    public AttachedKernel? Attached { get; init; }

    /// <summary>Gets or sets when its kernel was killed last; only its owner, the faults of its gateway, looks at it.</summary>
    public long KilledAt { get; set; }

    public override string ToString() => $"{Kind.SpecName} {Id}";
}
