using System.Net;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace KernelGateway.AspNetCore.Ports;

/// <summary>What a forwarded request and its response have in place of the original: no token of the gateway, and where it came from.</summary>
/// <param name="tokens">Finds the gateway's tokens; null when there are none.</param>
internal sealed class PortTransformer(TokenCheck? tokens) : HttpTransformer
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedHost = "X-Forwarded-Host";
    private const string ForwardedProto = "X-Forwarded-Proto";

    // The target is sent as the client wrote it.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        // The server behind the port may be code that must not use the gateway.
        tokens?.RemoveFrom(httpContext.Request);
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var host = httpContext.Request.Headers.Host.ToString();
        proxyRequest.Headers.Host = host.Length > 0 ? host : null;
        AddForwarded(httpContext, proxyRequest, host);
        AddUpgrade(httpContext, proxyRequest);
        proxyRequest.RequestUri = new Uri(destinationPrefix + TargetOf(httpContext), AsWritten);
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        // A page gets one answer about origins: that of the server behind the port, if it has one.
        if (proxyResponse?.Headers.Contains("Access-Control-Allow-Origin") == true)
        {
            var headers = httpContext.Response.Headers;
            headers.Remove("Access-Control-Allow-Origin");
            headers.Remove("Access-Control-Allow-Credentials");
            headers.Remove("Access-Control-Expose-Headers");
        }

        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    // A proxy before the gateway, which may end TLS, knows more about the client.
    private static void AddForwarded(HttpContext context, HttpRequestMessage request, string host)
    {
        if (context.Connection.RemoteIpAddress is { } address)
        {
            if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
            var before = context.Request.Headers[ForwardedFor].ToString();
            request.Headers.Remove(ForwardedFor);
            request.Headers.TryAddWithoutValidation(ForwardedFor, before.Length > 0 ? $"{before}, {address}" : address.ToString());
        }

        if (!request.Headers.Contains(ForwardedHost) && host.Length > 0) request.Headers.TryAddWithoutValidation(ForwardedHost, host);
        if (!request.Headers.Contains(ForwardedProto)) request.Headers.TryAddWithoutValidation(ForwardedProto, context.Request.Scheme);
    }

    // The forwarder copies these headers for WebSockets only, and tunnels whatever the server behind the port then agrees to.
    private static void AddUpgrade(HttpContext context, HttpRequestMessage request)
    {
        var upgrade = context.Request.Headers.Upgrade.ToString();
        if (upgrade.Length == 0 || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }) return;
        if (upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase) || upgrade.StartsWith("SPDY/", StringComparison.OrdinalIgnoreCase)
            || upgrade.Contains("h2c", StringComparison.OrdinalIgnoreCase)) return;
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", upgrade);
    }

    private string TargetOf(HttpContext context)
    {
        var request = context.Request;
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] raw
            ? raw
            : $"{request.PathBase}{request.Path}{request.QueryString}";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return tokens is null || query < 0 ? target : $"{target[..query]}{tokens.RemoveFromQuery(target[query..])}";
    }
}
