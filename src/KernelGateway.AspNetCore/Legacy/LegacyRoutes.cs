using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.SandboxServices;

namespace KernelGateway.AspNetCore.Legacy;

/// <summary>The routes of the daemon that the first generation of E2B's clients talks to.</summary>
/// <remarks>
/// These clients send no credential here. They can use a gateway that asks for none, with
/// <see cref="KernelGatewayAuthentication.None"/> on loopback, and a sandbox whose control plane adds the token.
/// </remarks>
internal static class LegacyRoutes
{
    public static void Map(RouteTable routes, HttpSurface surface, LocalSandbox sandbox)
    {
        var socket = new LegacySocketEndpoint(surface, sandbox);
        var file = new LegacyFileEndpoint(surface, sandbox);
        routes.MapHidden("GET", "/ws", socket.HandleAsync);
        routes.MapHidden("DELETE", "/ws", socket.CloseAllAsync);
        routes.MapHidden("GET", "/file", file.DownloadAsync);
        routes.MapHidden("POST", "/file", file.UploadAsync);
        routes.MapHidden("GET", "/ping", context => PlainText.WriteAsync(context, 200, "pong"));
    }
}
