using System.Net.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>The peer violated RFC 6455 or a limit. The connection has to be closed.</summary>
internal sealed class WebSocketProtocolException(WebSocketCloseStatus status, string message) : Exception(message)
{
    /// <summary>Gets the status to close the connection with.</summary>
    public WebSocketCloseStatus Status => status;
}
