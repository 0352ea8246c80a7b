using System.Net;
using System.Net.Sockets;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Kernels;

/// <summary>Finds out, with one connection, whether anything listens at a kernel's shell address.</summary>
internal static class ListenerProbe
{
    /// <summary>
    /// Returns whether the shell socket accepts connections. That does not show whether a kernel listens there, or whether it is
    /// busy.
    /// </summary>
    public static async Task<bool> IsListeningAsync(KernelConnectionInfo info, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        if (info.Transport == KernelTransport.InProc) return true;
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var socket = info.Transport == KernelTransport.Ipc
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
            EndPoint endpoint = info.Transport == KernelTransport.Ipc
                ? new UnixDomainSocketEndPoint($"{info.Ip}-{info.GetPort(KernelChannel.Shell)}")
                : IPAddress.TryParse(info.Ip, out var address) ? new IPEndPoint(address, info.ShellPort) : new DnsEndPoint(info.Ip, info.ShellPort);
            await socket.ConnectAsync(endpoint, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
