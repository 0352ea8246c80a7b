using KernelGateway.ControlPlane.Engines.Isolation;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>Isolates sandboxes with bubblewrap.</summary>
public sealed class BubblewrapEngine : IsolationEngine
{
    /// <summary>Creates an engine. It does nothing before its first operation.</summary>
    /// <param name="options">The options of the engine.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Receives what is removed after a crash, and failures outside of a call.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public BubblewrapEngine(BubblewrapOptions options, TimeProvider? time = null, ILogger<BubblewrapEngine>? logger = null)
        : base(options, new BubblewrapLauncher(options), time, logger)
    {
    }
}
