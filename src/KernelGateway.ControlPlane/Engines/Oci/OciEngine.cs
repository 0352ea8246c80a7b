using KernelGateway.ControlPlane.Engines.Isolation;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Engines.Oci;

/// <summary>Isolates sandboxes with an OCI runtime: <c>runc</c> or <c>crun</c>.</summary>
/// <remarks>
/// The runtime makes a sandbox and starts it. Everything else, such as pauses and limits, is the same as with bubblewrap.
/// It needs root.
/// </remarks>
public sealed class OciEngine : IsolationEngine
{
    /// <summary>Creates an engine. It does nothing before its first operation.</summary>
    /// <param name="options">The options of the engine.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Receives what is removed after a crash, and failures outside of a call.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public OciEngine(OciOptions options, TimeProvider? time = null, ILogger<OciEngine>? logger = null)
        : base(options, new OciLauncher(options), time, logger)
    {
    }
}
