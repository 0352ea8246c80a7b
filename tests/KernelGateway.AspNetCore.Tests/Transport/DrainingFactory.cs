using System.Buffers;
using KernelGateway.AspNetCore.Transport;
using KernelGateway.Testing.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Tests.Transport;

/// <summary>Creates the factory of draining listeners as a host does.</summary>
internal static class DrainingFactory
{
    public static DrainingListenerFactory Create(SocketTransportOptions options, MemoryPool<byte>? pool = null) =>
        new(Options.Create(options), Options.Create(new KestrelServerOptions()), new OnePool(pool ?? MemoryPool<byte>.Shared), new LogCollector());

    private sealed class OnePool(MemoryPool<byte> pool) : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;
    }
}
