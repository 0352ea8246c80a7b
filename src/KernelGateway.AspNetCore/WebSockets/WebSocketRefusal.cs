using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Says why a request cannot become a WebSocket.</summary>
/// <param name="StatusCode">The status to answer with.</param>
/// <param name="Message">What is wrong, for people.</param>
internal sealed record WebSocketRefusal(int StatusCode, string Message)
{
    /// <summary>Adds the headers that belong to the status: which upgrade and version would be understood.</summary>
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
