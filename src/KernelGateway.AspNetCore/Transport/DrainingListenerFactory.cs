using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Makes Kestrel's connections <see cref="DrainingConnection"/>s: sockets of which nothing is lost that arrived before they broke.</summary>
internal sealed class DrainingListenerFactory(IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> pools)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketTransportOptions _options = options.Value;

    // Kestrel's own kind: its HTTP code relies on blocks of a few kilobytes, however few are asked for.
    private readonly MemoryPool<byte> _pool = pools.Create();

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = _options.CreateBoundListenSocket(endpoint);
            socket.Listen(_options.Backlog);
            return new(new DrainingListener(socket, _options, _pool, TimeProvider.System));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    public void Dispose() => _pool.Dispose();
}
