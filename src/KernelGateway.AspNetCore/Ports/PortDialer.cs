using System.Net;
using System.Net.Sockets;

namespace KernelGateway.AspNetCore.Ports;

/// <summary>Connects to ports of this machine, and never to another address.</summary>
/// <remarks>A server that has just been started may not listen yet, so refused connections are tried again for a second.</remarks>
internal sealed class PortDialer(TimeProvider time)
{
    /// <summary>The pauses after the attempts but the last.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses =
    [
        TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(400),
    ];

    // Some servers listen on one of the two only, such as those of Node.js on "localhost".
    private static readonly IPAddress[] Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>Connects to a port.</summary>
    /// <exception cref="SocketException">Nothing listens on it.</exception>
    public async ValueTask<Stream> DialAsync(int port, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await DialOnceAsync(port, cancellationToken);
            }
            catch (SocketException) when (attempt < Pauses.Count)
            {
                await Task.Delay(Pauses[attempt], time, cancellationToken);
            }
        }
    }

    private static async Task<Stream> DialOnceAsync(int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(Addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(Addresses[i], port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i < Addresses.Length - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
