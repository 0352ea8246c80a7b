using KernelGateway.ControlPlane.Engines.Isolation;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap;

/// <summary>Isolates sandboxes with bubblewrap.</summary>
public sealed class BubblewrapEngine : IsolationEngine
{
    /// <summary>Creates an engine; nothing is touched before the first operation.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Receives what is swept and what fails without a caller.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public BubblewrapEngine(BubblewrapOptions options, TimeProvider? time = null, ILogger<BubblewrapEngine>? logger = null)
        : base(options, new BubblewrapLauncher(options), time, logger)
    {
    }
}
