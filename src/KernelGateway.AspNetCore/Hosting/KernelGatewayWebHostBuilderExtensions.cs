using KernelGateway.AspNetCore.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Configures the server below the gateway.</summary>
public static class KernelGatewayWebHostBuilderExtensions
{
    /// <summary>Makes Kestrel use a socket transport that reads received bytes after a connection breaks.</summary>
    /// <param name="builder">The web host, which uses Kestrel.</param>
    /// <returns>The web host.</returns>
    /// <remarks>
    /// Useful for Jupyter clients that reconnect with their <c>session_id</c>: the last bytes of a broken connection acknowledge
    /// messages, which are then not sent again. Kestrel's own transport discards these bytes. No message is lost without this
    /// method, but more may be sent twice. All endpoints of the host use the transport, with TLS and without.
    /// <see cref="SocketTransportOptions"/> apply, except for scheduling. At most
    /// <c>KestrelServerOptions.Limits.MaxConcurrentConnections</c> connections are open, WebSockets included. Further ones wait
    /// in the listen backlog, also while no file descriptor is free.
    /// </remarks>
    public static IWebHostBuilder UseKernelGatewaySockets(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Kestrel uses the last registered factory that can bind an endpoint.
        return builder.ConfigureServices(services => services.AddSingleton<IConnectionListenerFactory, DrainingListenerFactory>());
    }
}
