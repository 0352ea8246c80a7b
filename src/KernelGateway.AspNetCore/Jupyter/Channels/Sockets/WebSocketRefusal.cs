using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>The answer to a request that cannot become a WebSocket.</summary>
/// <param name="StatusCode">The status of the response.</param>
/// <param name="Message">The error message.</param>
internal sealed record WebSocketRefusal(int StatusCode, string Message)
{
    /// <summary>Adds the headers that belong to the status: the supported protocol and version.</summary>
    public void WriteHeaders(HttpResponse response)
    {
        if (StatusCode != StatusCodes.Status426UpgradeRequired) return;
        response.Headers[HeaderNames.SecWebSocketVersion] = WebSocketUpgrade.Version;

        // HTTP/2 has no such headers.
        if (!HttpProtocol.IsHttp11(response.HttpContext.Request.Protocol)) return;
        response.Headers.Upgrade = WebSocketUpgrade.Protocol;
        response.Headers.Connection = HeaderNames.Upgrade;
    }
}
