using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>Turns a request into a WebSocket, over HTTP/1.1 or HTTP/2.</summary>
/// <remarks>RFC 6455, 4.2; RFC 8441 for the extended CONNECT of HTTP/2, which has neither key nor upgrade.</remarks>
internal static class WebSocketUpgrade
{
    public const string Version = "13";
    public const string Protocol = "websocket";

    private const int KeyBytes = 16;

    private static ReadOnlySpan<byte> AcceptSuffix => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Checks the client's half of the handshake.</summary>
    /// <returns>Null when <see cref="UpgradeAsync"/> may be called; else the answer to the request.</returns>
    public static WebSocketRefusal? Check(HttpContext context)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            if (connect.Protocol != Protocol) return Malformed($"This address accepts only the protocol '{Protocol}'.");
        }
        else
        {
            if (!HttpMethods.IsGet(request.Method)) return Malformed("A WebSocket is opened with GET.");
            if (!Lists(request, HeaderNames.Connection, HeaderNames.Upgrade) || !Lists(request, HeaderNames.Upgrade, Protocol))
                return Malformed("This address is a WebSocket: the headers 'Connection: Upgrade' and 'Upgrade: websocket' are missing.");
            if (!IsKey(request.Headers.SecWebSocketKey)) return Malformed("Sec-WebSocket-Key must be 16 bytes in base64.");
            if (!HttpProtocol.IsHttp11(request.Protocol) || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
                return Malformed("This request cannot be upgraded: HTTP/1.1 without a request body is required.");
        }

        return request.Headers.SecWebSocketVersion == Version
            ? null
            : new WebSocketRefusal(StatusCodes.Status426UpgradeRequired, $"Only version {Version} of the WebSocket protocol is supported.");
    }

    /// <summary>Answers the handshake; the connection is a WebSocket from then on.</summary>
    /// <param name="context">A request that passed <see cref="Check"/>.</param>
    /// <param name="subProtocol">A subprotocol that the client offered, or null for none.</param>
    /// <returns>The stream of the WebSocket's frames. It ends with the request's delegate.</returns>
    public static async Task<Stream> UpgradeAsync(HttpContext context, string? subProtocol)
    {
        LiftLimits(context);
        var headers = context.Response.Headers;
        if (subProtocol is not null) headers.SecWebSocketProtocol = subProtocol;

        // No Sec-WebSocket-Extensions header: permessage-deflate is not negotiated.
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return await connect.AcceptAsync();
        }

        headers.Connection = HeaderNames.Upgrade;
        headers.Upgrade = Protocol;
        headers.SecWebSocketAccept = AcceptValue(context.Request.Headers.SecWebSocketKey.ToString());
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    // A WebSocket may be idle for hours, and has no limit on its total size.
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
        Span<byte> bytes = stackalloc byte[KeyBytes + 2];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, bytes, out var written) && written == KeyBytes;
    }

    private static string AcceptValue(string key)
    {
        // The handshake prescribes SHA-1. It proves that a WebSocket server answers and has no security purpose.
#pragma warning disable CA5350
        return Convert.ToBase64String(SHA1.HashData([.. Encoding.ASCII.GetBytes(key), .. AcceptSuffix]));
#pragma warning restore CA5350
    }

    private static WebSocketRefusal Malformed(string message) => new(StatusCodes.Status400BadRequest, message);
}
