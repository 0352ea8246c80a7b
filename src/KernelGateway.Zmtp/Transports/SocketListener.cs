using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>Listens on tcp or ipc.</summary>
internal sealed class SocketListener(Socket socket, string endpoint, IpcFile? file) : ZmtpListener
{
    public override string Endpoint => endpoint;

    public override async ValueTask<ZmtpTransport> AcceptAsync(CancellationToken cancellationToken) =>
        new SocketTransport(await socket.AcceptAsync(cancellationToken).ConfigureAwait(false));

    public override ValueTask DisposeAsync()
    {
        // The file goes first: once the socket is closed, another process may have made one of the same name.
        file?.Remove();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
