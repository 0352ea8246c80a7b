using KernelGateway.AspNetCore.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Sets up the server below the gateway.</summary>
public static class KernelGatewayWebHostBuilderExtensions
{
    /// <summary>Makes Kestrel use sockets that lose nothing of what a client said just before its connection broke.</summary>
    /// <param name="builder">The web host, which uses Kestrel.</param>
    /// <returns>The web host.</returns>
    /// <remarks>
    /// For Jupyter clients that come back with their <c>session_id</c>: what they said last acknowledges what they have received, and is not sent
    /// to them again. Kestrel's own sockets throw that away more often than not. Nothing is lost without it, but more comes twice. It concerns
    /// all endpoints of the host, with TLS and without; <see cref="SocketTransportOptions"/> apply, except for those about scheduling.
    /// At most <c>KestrelServerOptions.Limits.MaxConcurrentConnections</c> connections are open at once, those of WebSockets among them; others
    /// wait to be accepted, as they do while no file descriptor is free.
    /// </remarks>
    public static IWebHostBuilder UseKernelGatewaySockets(this IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Of several that can bind an endpoint, Kestrel takes the one that was added last.
        return builder.ConfigureServices(services => services.AddSingleton<IConnectionListenerFactory, DrainingListenerFactory>());
    }
}
