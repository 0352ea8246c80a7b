using KernelGateway.ControlPlane.Engines.Isolation;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>Contains the options of <see cref="BubblewrapEngine"/>.</summary>
public sealed class BubblewrapOptions : IsolationOptions
{
    /// <summary>Gets or sets whether the root of a sandbox of an ordinary user is an overlay where the machine allows it. For tests.</summary>
    internal bool UsesOverlay { get; set; } = true;
}
