using System.Globalization;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.ControlPlane.AspNetCore.Rest;
using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace KernelGateway.ControlPlane.AspNetCore.Routing;

/// <summary>What a request to a sandbox has in place of the original: the port in headers, the sidecar's token where the router vouches for it.</summary>
internal sealed class SandboxTransformer : HttpTransformer
{
    private const string ForwardedHost = "X-Forwarded-Host";

    private readonly PortTransformer _common = new(tokens: null);

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await _common.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var forwarded = httpContext.Features.GetRequiredFeature<ForwardedRequest>();
        var headers = proxyRequest.Headers;
        Replace(headers, SidecarClient.IdHeader, forwarded.SandboxId);
        Replace(headers, SidecarClient.PortHeader, forwarded.SidecarPort.ToString(CultureInfo.InvariantCulture));

        // The token of the sandbox's ports has been checked, and the sidecar removes its own before a server in the sandbox sees the request.
        Replace(headers, PortAnswer.TokenHeader, forwarded.Token);

        // The team's key is not for the code in its sandboxes.
        headers.Remove(RestGuard.KeyHeader);
        if (forwarded.MaskedHost is not { } host) return;
        Replace(headers, ForwardedHost, httpContext.Request.Headers.Host.ToString());
        headers.Host = host;
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken) =>
        _common.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);

    private static void Replace(System.Net.Http.Headers.HttpRequestHeaders headers, string name, string? value)
    {
        headers.Remove(name);
        if (value is not null) headers.TryAddWithoutValidation(name, value);
    }
}

/// <summary>How a request is forwarded. It is a feature of the request.</summary>
/// <param name="SandboxId">The sandbox.</param>
/// <param name="SidecarPort">The port that the sidecar is asked for.</param>
/// <param name="Token">The sidecar's token; null when the client has to have it.</param>
/// <param name="MaskedHost">The host name that the server sees; null for the client's.</param>
internal sealed record ForwardedRequest(string SandboxId, int SidecarPort, string? Token, string? MaskedHost);
