using System.Net.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>The peer sent what RFC 6455 forbids, or more than we take; the connection has to be closed.</summary>
internal sealed class WebSocketProtocolException(WebSocketCloseStatus status, string message) : Exception(message)
{
    /// <summary>Gets the status to close the connection with.</summary>
    public WebSocketCloseStatus Status => status;
}
