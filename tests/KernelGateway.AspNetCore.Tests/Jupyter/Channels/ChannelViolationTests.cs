using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.Tests.WebSockets;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>A client that violates the WebSocket protocol while the gateway is sending to it.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class ChannelViolationTests(ServerSockets stack)
{
    private const int MaxMessageBytes = 10_000;
    private const byte ReservedBits = 0xC1;

    [TestCase(1002)]
    [TestCase(1009)]
    [CancelAfter(60_000)]
    public async Task The_close_frame_follows_the_messages_that_are_being_sent(int status, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxMessageBytes = MaxMessageBytes, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await RawClient.OpenAsync(
            server.Address.Port, $"/api/kernels/{id}/channels", $"Authorization: token {GatewayServer.Token}\r\n", cancellationToken);

        // The output is larger than the buffers of both sockets, so that a client that does not read blocks the write.
        client.Socket.ReceiveBufferSize = 64 << 10;
        await server.Log.WaitForAsync(5301, cancellationToken);
        var context = server.Gateway.Contexts.Get(id);
        for (var i = 0; i < 2; i++) await context.RunAsync("print " + new string('x', 5 << 20), cancellationToken: cancellationToken);

        await client.SendAsync(status == 1002 ? ReservedBits : Binary, new byte[MaxMessageBytes + 1], cancellationToken);
        await server.Log.WaitForAsync(5160, cancellationToken);
        var (first, payload) = await client.ReceiveAsync(cancellationToken);
        while (first != Close) (first, payload) = await client.ReceiveAsync(cancellationToken);

        (payload[0] << 8 | payload[1]).Should().Be(status);
        await client.SendAsync(Close, payload.AsSpan(0, 2), cancellationToken);
        await server.Log.WaitForAsync(5302, cancellationToken);
    }
}
