using System.Net;
using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>Connects to endpoints and listens on them.</summary>
internal static class TransportFactory
{
    private const int Backlog = 100;

    public static ValueTask<ZmtpTransport> ConnectAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken) => endpoint.Kind switch
    {
        ZmtpTransportKind.Tcp => ConnectTcpAsync(endpoint, cancellationToken),
        ZmtpTransportKind.Ipc => ConnectSocketAsync(new IpcEndPoint(endpoint.Address), ProtocolType.Unspecified, cancellationToken),
        _ => new ValueTask<ZmtpTransport>(InprocListener.Connect(endpoint.Address)),
    };

    public static ValueTask<ZmtpListener> ListenAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken) => endpoint.Kind switch
    {
        ZmtpTransportKind.Tcp => ListenTcpAsync(endpoint, cancellationToken),
        ZmtpTransportKind.Ipc => ListenIpcAsync(endpoint, cancellationToken),
        _ => new ValueTask<ZmtpListener>(InprocListener.Listen(endpoint.Address)),
    };

    private static async ValueTask<ZmtpTransport> ConnectTcpAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(endpoint.Address, out var address))
            return await ConnectSocketAsync(new IPEndPoint(address, endpoint.Port), ProtocolType.Tcp, cancellationToken).ConfigureAwait(false);

        // Names are resolved at each attempt, and every address is tried: a host may have moved, or listen on one family only.
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);
        SocketException? failure = null;
        foreach (var candidate in addresses)
        {
            try
            {
                var target = new IPEndPoint(candidate, endpoint.Port);
                return await ConnectSocketAsync(target, ProtocolType.Tcp, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async ValueTask<ZmtpTransport> ConnectSocketAsync(
        EndPoint target, ProtocolType protocol, CancellationToken cancellationToken)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, protocol);
        try
        {
            var error = await ConnectAsync(socket, target, cancellationToken).ConfigureAwait(false);
            return error == SocketError.Success ? new SocketTransport(socket) : throw new SocketException((int)error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A peer that does not listen yet is the usual case. The overload that throws reads the debug symbols for the stack trace of its exception:
    // milliseconds, and megabytes that stay.
    private static async Task<SocketError> ConnectAsync(Socket socket, EndPoint target, CancellationToken cancellationToken)
    {
        using var arguments = new SocketAsyncEventArgs { RemoteEndPoint = target };
        var completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        arguments.Completed += (_, _) => completed.SetResult();
        if (!socket.ConnectAsync(arguments)) return arguments.SocketError;
        using (cancellationToken.UnsafeRegister(static state => Socket.CancelConnectAsync((SocketAsyncEventArgs)state!), arguments))
        {
            await completed.Task.ConfigureAwait(false);
        }

        // Also after a success: the cancellation may have closed the socket just then.
        cancellationToken.ThrowIfCancellationRequested();
        return arguments.SocketError;
    }

    private static async ValueTask<ZmtpListener> ListenTcpAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (endpoint.Address == ZmtpEndpoint.Any) return ListenTcp(IPAddress.Any, endpoint.Port);
        if (IPAddress.TryParse(endpoint.Address, out var address)) return ListenTcp(address, endpoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        return ListenTcp(addresses[0], endpoint.Port);
    }

    private static SocketListener ListenTcp(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            return new SocketListener(socket, $"tcp://{socket.LocalEndPoint}", null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async ValueTask<ZmtpListener> ListenIpcAsync(ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        var isAbstract = endpoint.Address[0] == '\0';
        IpcFile? file = null;
        if (endpoint.Address == ZmtpEndpoint.Any) file = IpcFile.CreateFresh();
        else if (!isAbstract) file = await IpcFile.ClaimAsync(endpoint.Address, cancellationToken).ConfigureAwait(false);

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new IpcEndPoint(file?.Path ?? endpoint.Address));
            file?.Bound();
            socket.Listen(Backlog);
            return new SocketListener(socket, file is null ? endpoint.Text : $"ipc://{file.Path}", file);
        }
        catch
        {
            file?.Remove();
            socket.Dispose();
            throw;
        }
    }
}
