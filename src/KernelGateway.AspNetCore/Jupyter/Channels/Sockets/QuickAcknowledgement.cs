using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>Makes the system acknowledge at once what a client has sent.</summary>
/// <remarks>
/// A client that has not set TCP_NODELAY sends a pong only when its former one was acknowledged (Nagle's algorithm, RFC 896). The system delays
/// acknowledgements by up to 40 ms (RFC 1122, 4.2.3.2), and the gateway, which waits for the pong before it sends more, gives it nothing to send them
/// along with. TCP_QUICKACK of Linux ends the delay. The system takes the option back, so it is set after each read.
/// </remarks>
internal static class QuickAcknowledgement
{
    private const int TcpLevel = 6;                // IPPROTO_TCP
    private const int QuickAcknowledge = 12;       // TCP_QUICKACK

    private static ReadOnlySpan<byte> Enabled => [1, 0, 0, 0];

    /// <summary>Gives what to call after each read; null where the connection is not TCP, or the system has no such option.</summary>
    public static Action? For(HttpContext context)
    {
        if (!OperatingSystem.IsLinux() || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
            return null;
        return () =>
        {
            try
            {
                socket.SetRawSocketOption(TcpLevel, QuickAcknowledge, Enabled);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The connection has ended, which the next read tells.
            }
        };
    }
}
