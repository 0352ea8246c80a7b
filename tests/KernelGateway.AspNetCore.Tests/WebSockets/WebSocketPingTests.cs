using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Testing;
using KernelGateway.Testing.Time;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Pings of the client and of the server, and what their pongs prove.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class WebSocketPingTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_ping_that_carries_a_position_is_answered_with_it_by_a_client_that_knows_nothing_of_it(CancellationToken token)
    {
        var pongs = new AwaitableLog<string>();
        var options = new WebSocketConnectionOptions { OnPong = payload => pongs.Add(Encoding.ASCII.GetString(payload)) };
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                for (var position = 1; position <= 3; position++)
                {
                    connection.WriteMessage(isText: true, "some output"u8.ToArray());
                    connection.WritePing(Encoding.ASCII.GetBytes($"position {position}"));
                    await connection.FlushAsync(token);
                }

                await connection.ReceiveAsync(token);
            },
            options);
        using var client = await server.ConnectAsync(token);

        for (var i = 0; i < 3; i++) await client.ReceiveMessageAsync(token);
        var receiving = client.ReceiveMessageAsync(token);
        await pongs.WaitForAsync(pong => pong == "position 3", token);

        pongs.Items.Should().Equal("position 1", "position 2", "position 3");
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await receiving).Type.Should().Be(WebSocketMessageType.Close);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task What_a_client_said_before_it_knew_of_the_close_is_received(CancellationToken token)
    {
        var pongs = new AwaitableLog<string>();
        var options = new WebSocketConnectionOptions { OnPong = payload => pongs.Add(Encoding.ASCII.GetString(payload)) };
        var messages = new List<string>();
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                // No receive is pending when the close begins. The client's close frame ends both the receive loop and the close.
                (await connection.ReceiveAsync(token)).Should().NotBeNull();
                var closing = connection.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "replaced", token);
                while (await connection.ReceiveAsync(token) is { } message) messages.Add(Encoding.ASCII.GetString(message.Payload.Span));
                await closing;
            },
            options);
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync((byte[])[.. RawClient.Frame(Text, "a request"u8), .. RawClient.Frame(Pong, "position 1"u8)], token);
        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        await client.SendAsync(
            (byte[])[.. RawClient.Frame(Text, "another"u8), .. RawClient.Frame(Pong, "position 2"u8), .. RawClient.Frame(Close, [])], token);

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
        pongs.Items.Should().Equal("position 1", "position 2");
        messages.Should().Equal("another");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task What_a_client_acknowledges_it_has_received_wherever_its_connection_breaks(
        [Values(1, 2, 7, 50, 333, 1_000)] int receivedBeforeTheBreak, CancellationToken token)
    {
        var acknowledged = 0L;
        var options = new WebSocketConnectionOptions
        {
            OnPong = payload => acknowledged = BitConverter.ToInt64(payload) is var position && position > acknowledged
                ? position
                : throw new InvalidOperationException($"{position} was acknowledged after {acknowledged}."),
        };
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                var receiving = connection.ReceiveAsync(token).AsTask();
                for (var position = 1L; connection.IsOpen; position++)
                {
                    connection.WriteMessage(isText: false, new byte[1_000 + position % 7 * 5_000]);
                    if (position % 3 == 0) connection.WritePing(BitConverter.GetBytes(position));
                    if (position % 5 == 0) await connection.FlushAsync(token);
                }

                await receiving;
            },
            options);
        using var client = await server.ConnectAsync(token);

        for (var i = 0; i < receivedBeforeTheBreak; i++) await client.ReceiveMessageAsync(token);
        client.Abort();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
        acknowledged.Should().BeLessThanOrEqualTo(receivedBeforeTheBreak);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Pings_of_a_client_that_does_not_read_cost_one_answer_and_its_messages_still_arrive(CancellationToken token)
    {
        var received = new AwaitableLog<int>();
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            var flushing = connection.FloodAsync(token);
            while (await connection.ReceiveAsync(token) is { } message) received.Add(message.Payload.Length);
            connection.Abort();
            await flushing;
        });
        using var client = await RawClient.OpenAsync(server, token);

        for (var i = 0; i < 1_000; i++) await client.SendAsync(Ping, Encoding.ASCII.GetBytes($"{i}"), token);
        await client.SendAsync(Binary, new byte[7], token);
        await received.WaitForAsync(length => length == 7, token);
        client.Reset();

        await server.Ended.WaitForAsync(_ => true, token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_time_since_the_last_byte_is_known(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                time.Advance(TimeSpan.FromSeconds(90));
                connection.SinceLastReceived.Should().Be(TimeSpan.FromSeconds(90));
                connection.WriteMessage(isText: true, default);
                await connection.FlushAsync(token);
                await connection.ReceiveAsync(token);
                connection.SinceLastReceived.Should().Be(TimeSpan.Zero);
            },
            new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        await client.ReceiveAsync(token);
        await client.SendAsync(Text, "x"u8, token);
        client.Dispose();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }
}
