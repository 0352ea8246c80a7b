namespace KernelGateway.Protocol.WebSockets;

/// <summary>Chooses the protocol that a WebSocket to a kernel's channels speaks.</summary>
public static class KernelWebSocketProtocol
{
    /// <summary>The subprotocol whose frames hold the parts of a message as they are on ZeroMQ.</summary>
    public const string V1 = "v1.kernel.websocket.jupyter.org";

    /// <summary>Selects one of the subprotocols that a client offers.</summary>
    /// <param name="offered">The values of its <c>Sec-WebSocket-Protocol</c> headers; each may be a list with commas.</param>
    /// <returns>
    /// <see cref="V1"/> when it is offered; else null: no subprotocol is answered and the legacy protocol is used.
    /// </returns>
    /// <remarks>
    /// No other answer is allowed: browsers close the connection for a subprotocol that they did not offer, JupyterLab for one
    /// that it does not know.
    /// </remarks>
    public static string? Negotiate(IEnumerable<string?> offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        foreach (var value in offered)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (value.AsSpan(range).Trim().SequenceEqual(V1)) return V1;
            }
        }
        return null;
    }
}
