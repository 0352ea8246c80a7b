using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Contents;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Jupyter.Kernelspecs;
using KernelGateway.AspNetCore.Jupyter.Server;
using KernelGateway.AspNetCore.Jupyter.Sessions;
using KernelGateway.AspNetCore.Jupyter.Terminals;
using KernelGateway.SandboxServices;

namespace KernelGateway.AspNetCore.Jupyter;

/// <summary>The routes of Jupyter's REST API, as its kernel gateways and its server have them.</summary>
internal static class JupyterRoutes
{
    private const string Tag = "jupyter";

    /// <summary>Maps the routes.</summary>
    /// <param name="gateway">The gateway's table.</param>
    /// <param name="surface">The shared services of the endpoints.</param>
    /// <param name="description">Answers with the description of all routes, on the paths at which Jupyter's clients expect
    /// it.</param>
    /// <param name="sandbox">The files and processes of the machine; null when they are not served.</param>
    public static void Map(RouteTable gateway, HttpSurface surface, OpenApiEndpoint description, LocalSandbox? sandbox)
    {
        var activity = new ServerActivity(surface.Time);
        var names = new KernelNames(surface);
        var starts = new KernelStarts(surface);
        var routes = gateway.For(new RouteSection(Tag, JupyterError.WriteRefusalAsync, activity.Note));
        ServerRoutes.Map(routes, new ServerEndpoints(surface, activity), new IdentityEndpoint(sandbox is not null), description);
        KernelSpecRoutes.Map(routes, surface);
        KernelRoutes.Map(routes, new KernelEndpoints(surface, names, starts), new KernelControlEndpoints(surface, names));
        ChannelRoutes.Map(routes, surface);
        SessionRoutes.Map(routes, surface, names, starts);
        if (sandbox is null) return;
        ContentsRoutes.Map(routes, surface, sandbox);
        TerminalRoutes.Map(routes, new TerminalEndpoints(surface, new TerminalShell(surface, sandbox)));
    }
}
