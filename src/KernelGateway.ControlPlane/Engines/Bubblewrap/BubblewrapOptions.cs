using KernelGateway.ControlPlane.Engines.Isolation;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>How <see cref="BubblewrapEngine"/> works.</summary>
public sealed class BubblewrapOptions : IsolationOptions;
