using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.AspNetCore;

/// <summary>What the routes and the router share.</summary>
internal sealed class ControlPlaneSurface
{
    private readonly SandboxDependencies _plane;

    public ControlPlaneSurface(SandboxDependencies plane, SandboxLifecycle lifecycle, ApiKeys keys)
    {
        _plane = plane;
        Lifecycle = lifecycle;
        Manager = new SandboxManager(plane, lifecycle);
        Snapshots = new SandboxSnapshots(plane, lifecycle);
        Keys = keys;
        Engine = plane.Engine;
        Options = plane.Options;
        Time = plane.Time;
        Logger = plane.Loggers.CreateLogger("KernelGateway.ControlPlane.Http");
    }

    public SandboxLifecycle Lifecycle { get; }

    public SandboxManager Manager { get; }

    public SandboxSnapshots Snapshots { get; }

    public ApiKeys Keys { get; }

    public ISandboxEngine Engine { get; }

    public ControlPlaneOptions Options { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Finds a template by name.</summary>
    /// <exception cref="SandboxException">Its file cannot be used.</exception>
    public SandboxTemplate? FindTemplate(string name) => _plane.FindTemplate(name);
}
