using System.Buffers;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Transport;

/// <summary>Makes Kestrel use <see cref="DrainingConnection"/>: received bytes can be read after the connection breaks.</summary>
internal sealed partial class DrainingListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketTransportOptions _options;

    // Kestrel's HTTP code relies on the block size of its own pools, whatever size it requests.
    private readonly MemoryPool<byte> _pool;

    // Shared by all endpoints, because they share the process's descriptors.
    private readonly ConnectionSlots _slots;
    private readonly ILogger _logger;
    private readonly RateLimitedLog<string> _waits;

    public DrainingListenerFactory(
        IOptions<SocketTransportOptions> options, IOptions<KestrelServerOptions> kestrel, IMemoryPoolFactory<byte> pools, ILoggerFactory loggers)
    {
        _options = options.Value;
        _pool = pools.Create();
        _slots = new ConnectionSlots(kestrel.Value.Limits.MaxConcurrentConnections);
        _logger = loggers.CreateLogger("KernelGateway.Http");
        _waits = new RateLimitedLog<string>((reason, _, count) => LogWaiting(reason, count), TimeProvider.System);
    }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint or FileHandleEndPoint;

    /// <exception cref="AddressInUseException">The address is in use.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = _options.CreateBoundListenSocket(endpoint);
            socket.Listen(_options.Backlog);
            return new(new DrainingListener(socket, _options, _pool, TimeProvider.System, accept: null, _slots, _waits));
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

    public void Dispose()
    {
        _waits.Close();
        _slots.Dispose();
        _pool.Dispose();
    }

    [LoggerMessage(5060, LogLevel.Warning, "New connections wait to be accepted: {Reason}. Occurrences since the last line about it: {Count}.")]
    private partial void LogWaiting(string reason, long count);
}
