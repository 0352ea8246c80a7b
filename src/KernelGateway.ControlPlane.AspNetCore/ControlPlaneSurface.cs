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
    public ControlPlaneSurface(SandboxDependencies plane, SandboxLifecycle lifecycle, ApiKeys keys)
    {
        Lifecycle = lifecycle;
        Manager = new SandboxManager(plane, lifecycle);
        Snapshots = new SandboxSnapshots(plane, lifecycle);
        Keys = keys;
        Templates = plane.Templates;
        Engine = plane.Engine;
        Options = plane.Options;
        Time = plane.Time;
        Logger = plane.Loggers.CreateLogger("KernelGateway.ControlPlane.Http");
    }

    public SandboxLifecycle Lifecycle { get; }

    public SandboxManager Manager { get; }

    public SandboxSnapshots Snapshots { get; }

    public ApiKeys Keys { get; }

    public TemplateCatalog Templates { get; }

    public ISandboxEngine Engine { get; }

    public ControlPlaneOptions Options { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Finds a template by name.</summary>
    /// <exception cref="SandboxException">Its file cannot be used.</exception>
    public SandboxTemplate? FindTemplate(string name)
    {
        try
        {
            return Templates.Find(name);
        }
        catch (TemplateException exception)
        {
            throw new SandboxException(SandboxFailure.Failed, exception.Message, code: null, exception);
        }
    }
}
