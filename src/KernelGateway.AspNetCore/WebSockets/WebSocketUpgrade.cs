using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Turns a request into a WebSocket, over HTTP/1.1 or HTTP/2.</summary>
/// <remarks>RFC 6455, 4.2; RFC 8441 for the extended CONNECT of HTTP/2, which has neither key nor upgrade.</remarks>
internal static class WebSocketUpgrade
{
    public const string Version = "13";
    public const string Protocol = "websocket";

    private const int KeyBytes = 16;

    private static ReadOnlySpan<byte> AcceptSuffix => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Checks the client's half of the handshake.</summary>
    /// <returns>Null when <see cref="AcceptAsync"/> may be called; else why not.</returns>
    public static WebSocketRefusal? Check(HttpContext context)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            if (connect.Protocol != Protocol) return Malformed($"Only '{Protocol}' can be connected to here.");
        }
        else
        {
            if (!HttpMethods.IsGet(request.Method)) return Malformed("A WebSocket is opened with GET.");
            if (!Lists(request, HeaderNames.Connection, HeaderNames.Upgrade) || !Lists(request, HeaderNames.Upgrade, Protocol))
                return Malformed("This address is for WebSockets: 'Connection: Upgrade' and 'Upgrade: websocket' are missing.");
            if (!IsKey(request.Headers.SecWebSocketKey)) return Malformed("Sec-WebSocket-Key has to be 16 bytes in base64.");
            if (!HttpProtocol.IsHttp11(request.Protocol) || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
                return Malformed("This request cannot be upgraded: it takes HTTP/1.1 and no body.");
        }

        return request.Headers.SecWebSocketVersion == Version
            ? null
            : new WebSocketRefusal(StatusCodes.Status426UpgradeRequired, $"Only version {Version} of WebSockets is spoken here.");
    }

    /// <summary>Answers the handshake; from now on the connection is a WebSocket.</summary>
    /// <param name="context">The request, of which <see cref="Check"/> found nothing wrong.</param>
    /// <param name="subProtocol">A subprotocol the client offered, or null for none.</param>
    /// <param name="options">Limits, clock and who is told of pongs.</param>
    /// <returns>The connection. It lives until the request's delegate ends, which therefore disposes it.</returns>
    public static async Task<WebSocketConnection> AcceptAsync(
        HttpContext context, string? subProtocol, WebSocketConnectionOptions options)
    {
        LiftLimits(context);
        var headers = context.Response.Headers;
        if (subProtocol is not null) headers.SecWebSocketProtocol = subProtocol;

        // Sec-WebSocket-Extensions stays away: no compression.
        Stream stream;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            stream = await connect.AcceptAsync();
        }
        else
        {
            headers.Connection = HeaderNames.Upgrade;
            headers.Upgrade = Protocol;
            headers.SecWebSocketAccept = AcceptValue(context.Request.Headers.SecWebSocketKey.ToString());
            stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        }

        return new WebSocketConnection(stream, context.Abort, subProtocol, options);
    }

    // A WebSocket is quiet for hours, and as large as what is said on it.
    private static void LiftLimits(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } incoming) incoming.MinDataRate = null;
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } outgoing) outgoing.MinDataRate = null;
    }

    private static bool Lists(HttpRequest request, string header, string value) =>
        request.Headers.GetCommaSeparatedValues(header).Contains(value, StringComparer.OrdinalIgnoreCase);

    private static bool IsKey(string? key)
    {
        Span<byte> octets = stackalloc byte[KeyBytes + 2];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, octets, out var written) && written == KeyBytes;
    }

    private static string AcceptValue(string key)
    {
        // The handshake names SHA-1; it shows that a WebSocket server answers, and protects nothing.
#pragma warning disable CA5350
        return Convert.ToBase64String(SHA1.HashData([.. Encoding.ASCII.GetBytes(key), .. AcceptSuffix]));
#pragma warning restore CA5350
    }

    private static WebSocketRefusal Malformed(string message) => new(StatusCodes.Status400BadRequest, message);
}
