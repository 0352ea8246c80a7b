using System.Net;
using KernelGateway.AspNetCore.Envd.Files;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.AspNetCore.Security;
using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.ControlPlane.AspNetCore.Routing;

/// <summary>Finds out for which port of which sandbox a request is; without one it is for the control plane.</summary>
/// <remarks>
/// Besides host labels and headers (<see cref="PortRoute"/>): a label without a port means the template's default port, as the documentation of
/// the first SDKs has it, and a signed file URL under a shared name belongs to the sandbox whose token has signed it. The label <c>api</c> is the
/// control plane: clients derive it from the domain.
/// </remarks>
internal sealed class SandboxRoute(ControlPlaneSurface surface)
{
    private const string InvalidHost = "Invalid host";
    private const string FilesPath = "/files";

    private readonly PortRoute _ports = new(surface.Options.Domain);
    private readonly string _suffix = $".{surface.Options.Domain}";
    private readonly string _control = $"api.{surface.Options.Domain}";

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="problem">Receives why it is malformed; else null.</param>
    /// <returns>The target; null when it is for the control plane, or malformed.</returns>
    public PortTarget? Read(HttpRequest request, out string? problem)
    {
        problem = InvalidHost;
        if (!HostCheck.TryReadName(request, out var name)) return null;

        // Behind such a name a sidecar would read another port than the one that was checked here.
        if (name.EndsWith($".{SandboxStarter.SidecarDomain}", StringComparison.OrdinalIgnoreCase)) return null;
        if (name.Equals(_control, StringComparison.OrdinalIgnoreCase))
        {
            problem = null;
            return null;
        }

        var target = _ports.Read(request, out problem);
        if (target is not null) return target;
        if (problem is null) return FindSigned(request);
        if (FindDefaultPort(name) is not { } found) return null;
        problem = null;
        return found;
    }

    private PortTarget? FindDefaultPort(string name)
    {
        if (!name.EndsWith(_suffix, StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _)) return null;
        var id = name[..^_suffix.Length].Split('-')[0];
        return surface.Lifecycle.Find(id) is { } sandbox
            ? new PortTarget(surface.FindTemplate(sandbox.Record.BaseTemplateId)?.DefaultPort ?? 80, id)
            : null;
    }

    private PortTarget? FindSigned(HttpRequest request)
    {
        if (!request.Path.Equals(FilesPath, StringComparison.OrdinalIgnoreCase)) return null;
        var query = request.Query;
        var signature = query["signature"].ToString();
        if (signature.Length == 0) return null;
        var operation = HttpMethods.IsPost(request.Method) ? "write" : "read";
        var (path, user, expiration) = (query["path"].ToString(), query["username"].ToString(), query["signature_expiration"].ToString());
        foreach (var sandbox in surface.Lifecycle.All.Where(sandbox => sandbox.Record.IsSecured && sandbox.State == SandboxState.Running))
        {
            var token = surface.Manager.Tokens.AccessToken(sandbox.Id);
            if (SandboxTokens.AreEqual(signature, FileSignature.Create(path, operation, user, token, expiration)))
                return new PortTarget(SandboxPorts.Services, sandbox.Id);
        }

        return null;
    }
}
