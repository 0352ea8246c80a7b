using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.Tests.WebSockets;
using KernelGateway.Testing;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>Clients that answer pings only now and then, for example because they receive only while they wait for a reply.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class SilentClientTests(ServerSockets stack)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();

    [TestCase("")]
    [TestCase("?session_id=mine")]
    [CancelAfter(30_000)]
    public async Task A_client_that_has_answered_one_ping_and_no_further_ones_stays_connected(string query, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await RawClient.OpenAsync(
            server.Address.Port, $"/api/kernels/{id}/channels{query}", $"Authorization: token {GatewayServer.Token}\r\n", cancellationToken);
        await server.Log.WaitForAsync(5301, cancellationToken);
        await client.SendAsync(Pong, await NextPingAsync(client, cancellationToken), cancellationToken);

        // The log entry for this malformed message shows that the gateway has read the pong before it.
        await client.SendAsync(Text, "no json"u8, cancellationToken);
        await server.Log.WaitForAsync(5303, cancellationToken);

        for (var interval = 0; interval < 20; interval++) await NextPingAsync(client, cancellationToken);

        server.Log.Entries.Should().NotContain(entry => entry.EventId.Id == 5304 || entry.EventId.Id == 5302);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_client_that_has_answered_pings_and_reads_nothing_while_bytes_wait_is_given_up(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);

        // A client without a session has no send window, so that its socket buffers fill.
        using var client = await ConnectAsync(server, id, "", cancellationToken);
        await AnswerAsync(server, client, cancellationToken);
        var context = server.Gateway.Contexts.Get(id);
        for (var i = 0; i < 2; i++) await context.RunAsync("print " + new string('x', 10 << 20), cancellationToken: cancellationToken);

        var given = server.Log.WaitForAsync(5304, cancellationToken);
        while (!given.IsCompleted)
        {
            _time.Advance(PingInterval);
            await Task.Yield();
        }

        await given;
        await server.Log.WaitForAsync(5302, cancellationToken);
    }

    [Test]
    [Platform("Linux")]
    [CancelAfter(30_000)]
    public async Task The_system_ends_the_connection_of_a_client_that_has_vanished(CancellationToken cancellationToken)
    {
        var sockets = new AcceptedSockets();
        await using var server = await GatewayServer.StartAsync(stack: stack, services: services => services.AddSingleton<IChannelSocketFactory>(sockets));
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "", cancellationToken);

        var socket = await sockets.Accepted.WaitForAsync(_ => true, cancellationToken);

        var timeout = new byte[sizeof(int)];
        socket.GetRawSocketOption(LostClientDetection.TcpLevel, LostClientDetection.UserTimeout, timeout);
        BitConverter.ToInt32(timeout).Should().Be(300_000);
        ((int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!).Should().NotBe(0);
        ((int)socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!).Should().Be(60);
    }

    // The runtime's client answers pings while it receives. When the next request is answered, the gateway has read the pong before it.
    private async Task AnswerAsync(GatewayServer server, ChannelClient client, CancellationToken cancellationToken)
    {
        await server.Log.WaitForAsync(5301, cancellationToken);
        _time.Advance(PingInterval);
        for (var i = 0; i < 2; i++) await client.ReceiveAnswersAsync(await client.ExecuteAsync("1", cancellationToken), cancellationToken);
    }

    private async Task<byte[]> NextPingAsync(RawClient client, CancellationToken cancellationToken)
    {
        _time.Advance(PingInterval);
        while (true)
        {
            var (first, payload) = await client.ReceiveAsync(cancellationToken);
            if (first == Ping) return payload;
        }
    }

    private sealed class AcceptedSockets : IChannelSocketFactory
    {
        public AwaitableLog<Socket> Accepted { get; } = new();

        public WebSocketRefusal? Check(HttpContext context) => ChannelSocketFactory.Instance.Check(context);

        public async Task<IChannelSocket> AcceptAsync(HttpContext context, string? subProtocol, ChannelSocketOptions options)
        {
            var accepted = await ChannelSocketFactory.Instance.AcceptAsync(context, subProtocol, options);
            Accepted.Add(context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket);
            return accepted;
        }
    }
}
