using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Transport;
using KernelGateway.Testing.Logging;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Transport;

public sealed class ConnectionLimitTests
{
    private const int Waiting = 5060;

    [Test]
    [CancelAfter(30_000)]
    public async Task Connections_beyond_the_limit_wait_until_one_is_closed(CancellationToken token)
    {
        var log = new LogCollector();
        var kestrel = new KestrelServerOptions();
        kestrel.Limits.MaxConcurrentConnections = 2;
        using var factory = new DrainingListenerFactory(
            Options.Create(new SocketTransportOptions()), Options.Create(kestrel), new SharedPools(), log);
        await using var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), token);
        var clients = Enumerable.Range(0, 10).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToArray();
        foreach (var client in clients) await client.ConnectAsync(listener.EndPoint, token);
        var first = (await listener.AcceptAsync(token))!;
        var second = (await listener.AcceptAsync(token))!;

        var third = listener.AcceptAsync(token).AsTask();
        await log.WaitForAsync(Waiting, token);
        third.IsCompleted.Should().BeFalse("two connections are the limit");

        // The client closes first, because a connection is counted until both sides have closed it.
        clients[0].Dispose();
        await first.DisposeAsync();
        var accepted = (await third)!;

        var fourth = listener.AcceptAsync(token).AsTask();
        await listener.UnbindAsync(token);
        (await fourth).Should().BeNull("the unbinding does not wait for a free connection");
        log.Entries.Where(entry => entry.EventId.Id == Waiting).Should().ContainSingle("the wait is logged once per interval");
        foreach (var client in clients) client.Dispose();
        await accepted.DisposeAsync();
        await second.DisposeAsync();
    }

    private sealed class SharedPools : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
    }
}
