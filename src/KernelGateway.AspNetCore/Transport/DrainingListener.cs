using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Accepts connections on one socket.</summary>
internal sealed class DrainingListener(Socket socket, SocketTransportOptions options, MemoryPool<byte> pool) : IConnectionListener
{
    // As Kestrel was told it: after the binding, so a port that was left open is known.
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <returns>The next connection; null when the listener has been closed.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                if (accepted.LocalEndPoint is IPEndPoint) accepted.NoDelay = options.NoDelay;
                var connection = new DrainingConnection(accepted, options, pool);
                connection.Start();
                return connection;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException)
            {
                // The client went before it was its turn; the next one may be there.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
