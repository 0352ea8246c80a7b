using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>Makes the system end the connection of a client that has vanished, for example with its network.</summary>
/// <remarks>
/// The machine of a client acknowledges bytes, also those of pings, while the client itself does something else. So the lack of an
/// answer to a ping proves nothing, and the lack of TCP's acknowledgement proves that the machine is out of reach. Linux ends a
/// connection whose bytes are not acknowledged after about 15 minutes, with TCP_USER_TIMEOUT (RFC 5482) after the time given. It
/// applies this time also to a client whose receive buffer stays full. Keep-alive probes cover the time in which nothing is sent,
/// with a long ping interval. Both socket transports show their socket as a feature of the connection.
/// </remarks>
internal static class LostClientDetection
{
    /// <summary>How long bytes may stay without TCP's acknowledgement.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public const int TcpLevel = 6;            // IPPROTO_TCP
    public const int UserTimeout = 18;        // TCP_USER_TIMEOUT

    private const int SecondsUntilProbe = 60;
    private const int SecondsBetweenProbes = 30;

    /// <summary>Sets the options. Does nothing where the connection is not TCP.</summary>
    public static void Enable(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket) return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsUntilProbe);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsBetweenProbes);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            if (!OperatingSystem.IsLinux()) return;
            Span<byte> milliseconds = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(milliseconds, (int)Limit.TotalMilliseconds);
            socket.SetRawSocketOption(TcpLevel, UserTimeout, milliseconds);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection has ended, which the next read tells.
        }
    }
}
