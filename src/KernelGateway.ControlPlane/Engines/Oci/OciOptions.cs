using KernelGateway.ControlPlane.Engines.Isolation;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>Contains the options of <see cref="OciEngine"/>.</summary>
public sealed class OciOptions : IsolationOptions
{
    /// <summary>Creates options with their defaults.</summary>
    public OciOptions() => FirstHostId = 700_000_000;     // Other ids than those of bubblewrap's sandboxes on the same machine.

    /// <summary>Gets or sets the program that makes and starts sandboxes.</summary>
    /// <value>Default: <see cref="OciRuntime.Runc"/>.</value>
    public OciRuntime Runtime { get; set; } = OciRuntime.Runc;
}

/// <summary>Selects an OCI runtime.</summary>
public enum OciRuntime
{
    /// <summary>The program <c>runc</c>.</summary>
    Runc,

    /// <summary>The program <c>crun</c>.</summary>
    Crun,
}
