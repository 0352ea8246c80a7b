namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>The sockets on which the tests of the channels run.</summary>
public enum ServerSockets
{
    /// <summary>
    /// Kestrel's socket transport and the gateway's WebSocket, as in a host that does not call <c>UseKernelGatewaySockets()</c>.
    /// </summary>
    KestrelSockets,

    /// <summary>The socket transport of <c>UseKernelGatewaySockets()</c> and the gateway's WebSocket, as in <c>kernel-gateway serve</c>.</summary>
    DrainingSockets,

    /// <summary>Kestrel's socket transport and <see cref="System.Net.WebSockets.WebSocket"/>, which reports no pongs.</summary>
    RuntimeWebSocket,
}
