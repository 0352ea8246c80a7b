using KernelGateway.AspNetCore.Ports;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.ControlPlane.AspNetCore.Routing;

/// <summary>Checks the tokens that requests to sandboxes carry.</summary>
internal sealed class SandboxAccess(ControlPlaneSurface surface)
{
    /// <summary>Returns whether a request may reach a port. The daemon checks its own token.</summary>
    public bool AllowsTraffic(HttpRequest request, SandboxRecord record, int port) =>
        record.Network.IsPublic || port == SandboxPorts.Services || HasTrafficToken(request, record);

    /// <summary>Returns whether a request may resume a paused sandbox: strangers must not start what they may not use.</summary>
    public bool MayResume(HttpRequest request, SandboxRecord record, int port)
    {
        if (port != SandboxPorts.Services) return record.Network.IsPublic || HasTrafficToken(request, record);
        return !record.IsSecured || IsToken(request.Headers[SidecarClient.TokenHeader].ToString(), surface.Manager.Tokens.AccessToken(record.Id));
    }

    private bool HasTrafficToken(HttpRequest request, SandboxRecord record) =>
        IsToken(request.Headers[PortAnswer.TokenHeader].ToString(), surface.Manager.Tokens.TrafficToken(record.Id));

    private static bool IsToken(string sent, string token) => sent.Length > 0 && SandboxTokens.AreEqual(sent, token);
}
