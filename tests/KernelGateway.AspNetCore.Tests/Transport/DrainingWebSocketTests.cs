using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.Tests.WebSockets;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.Transport;

/// <summary>Pongs that a client sent before it reset the connection. The draining transport reports them, Kestrel's own sockets do not.</summary>
public sealed class DrainingWebSocketTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Pongs_that_came_before_a_reset_are_reported_though_the_server_is_sending(CancellationToken token)
    {
        const int Pings = 8;
        for (var round = 0; round < 20; round++)
        {
            var pongs = new List<int>();
            await using var server = await WebSocketServer.StartAsync(
                ServerSockets.DrainingSockets,
                async connection =>
                {
                    for (byte ping = 0; ping < Pings; ping++) connection.WritePing([ping]);
                    (await connection.FlushAsync(token)).Should().BeTrue();
                    var receiving = connection.ReceiveAsync(token).AsTask();
                    do connection.WriteMessage(isText: false, new byte[1_000]);
                    while (await connection.FlushAsync(token));
                    (await receiving).Should().BeNull();
                },
                new() { OnPong = payload => pongs.Add(payload[0]) });
            using var client = await RawClient.OpenAsync(server, token);

            for (byte ping = 0; ping < Pings; ping++)
            {
                (await client.ReceiveAsync(token)).First.Should().Be(Ping);
                await client.SendAsync(Pong, [ping], token);
            }

            client.Reset();

            (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
            pongs.Should().Equal(Enumerable.Range(0, Pings));
        }
    }
}
