using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Testing.Time;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>The ways in which a connection ends: by the client, by the server, by a loss, and with a client that does not answer the close.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class WebSocketCloseTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_clients_close_is_answered_with_its_status_and_reported(CancellationToken token)
    {
        WebSocketConnection? seen = null;
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            seen = connection;
            (await connection.ReceiveAsync(token)).Should().BeNull();
            (await connection.ReceiveAsync(token)).Should().BeNull("nothing follows the close frame");
            connection.IsOpen.Should().BeFalse();
            connection.WriteMessage(isText: true, "too late"u8.ToArray());
            (await connection.FlushAsync(token)).Should().BeFalse();
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Close, [0x0f, 0xa1, .. "bye"u8], token);

        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Close, new byte[] { 0x0f, 0xa1 }));
        (await client.ReadToEndAsync(token)).Should().Be(0);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
        seen!.CloseStatus.Should().Be((WebSocketCloseStatus)4001);
        seen.CloseReason.Should().Be("bye");
        seen.Violation.Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_close_without_a_status_is_answered_without_one(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            await connection.ReceiveAsync(token);
            connection.CloseStatus.Should().BeNull();
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Close, [], token);

        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Close, Array.Empty<byte>()));
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Closing_tells_status_and_reason_and_ends_when_the_client_has_answered(
        [Values] bool isReceiving, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            var receiving = isReceiving ? connection.ReceiveAsync(token).AsTask() : null;
            connection.WriteMessage(isText: true, "last words"u8.ToArray());
            await connection.FlushAsync(token);
            var received = await connection.CloseAndReceiveAsync(WebSocketCloseStatus.EndpointUnavailable, "The server stops.", token);
            var lengths = received.Select(message => message.Length);
            if (receiving is not null && await receiving is { } first) lengths = lengths.Prepend(first.Payload.Length);
            lengths.Should().Equal([100_000], "messages that the client sent before it received the close frame are received");
        });
        using var client = await server.ConnectAsync(token);

        Encoding.ASCII.GetString((await client.ReceiveMessageAsync(token)).Payload).Should().Be("last words");
        await client.SendAsync(new byte[100_000], WebSocketMessageType.Binary, endOfMessage: true, token);
        (await client.ReceiveMessageAsync(token)).Type.Should().Be(WebSocketMessageType.Close);
        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        client.CloseStatusDescription.Should().Be("The server stops.");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_message_in_use_is_not_changed_by_a_close(CancellationToken token)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            var message = await connection.ReceiveAsync(token);
            var closing = connection.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token);
            await sent.Task.WaitAsync(token);
            Encoding.ASCII.GetString(message!.Value.Payload.Span).Should().Be("in use");
            while (await connection.ReceiveAsync(token) is not null)
            {
                // Messages that the client sent before it answered the close.
            }

            await closing;
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Text, "in use"u8, token);
        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        for (var i = 0; i < 100; i++) await client.SendAsync(Binary, new byte[1_000], token);
        await client.SendAsync(Close, [0x03, 0xe8], token);
        sent.SetResult();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_close_frame_reaches_a_client_that_still_sends_though_nobody_receives(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                await connection.ReceiveAsync(token);

                // DisposeAsync reads the answer of the client.
                var closing = connection.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token);
                await connection.DisposeAsync();
                await closing;
            },
            new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        for (var i = 0; i < 100; i++) await client.SendAsync(Binary, new byte[1_000], token);
        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        await client.SendAsync(Close, [0x03, 0xe8], token);

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_does_not_answer_our_close_is_disconnected(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var server = await WebSocketServer.StartAsync(
            stack,
            connection => connection.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token), new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        server.Ended.Items.Should().BeEmpty("the close timeout has not passed");
        time.Advance(TimeSpan.FromSeconds(5));

        await server.Ended.WaitForAsync(_ => true, token);
        await client.ReadToEndAsync(token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_does_not_read_blocks_its_sender_and_is_disconnected_by_a_close(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        var flushed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebSocketServer.StartAsync(
            stack,
            async connection =>
            {
                await connection.ReceiveAsync(token);
                var flushing = connection.FloodAsync(token);
                var closing = connection.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "Too slow.", token);
                flushing.IsCompleted.Should().BeFalse();
                time.Advance(TimeSpan.FromSeconds(5));
                await closing;
                flushed.SetResult(await flushing);
            },
            new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Text, "now"u8, token);
        (await flushed.Task.WaitAsync(token)).Should().BeFalse("the connection has ended");
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_end_of_a_client_without_a_close_has_no_status([Values] bool reset, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            (await connection.ReceiveAsync(token)).Should().BeNull();
            connection.CloseStatus.Should().BeNull();
            connection.Violation.Should().BeNull();
            connection.IsOpen.Should().BeFalse();
            await connection.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token);
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync((byte[])[Text, 0xff], token);
        if (reset) client.Reset();
        else client.Dispose();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    public async Task An_abort_that_comes_late_does_not_reach_what_the_server_uses_again()
    {
        var aborts = 0;
        var connection = new WebSocketConnection(Stream.Null, () => aborts++, subProtocol: null, new WebSocketConnectionOptions());
        (await connection.ReceiveAsync(CancellationToken.None)).Should().BeNull("the client has disconnected");
        await connection.DisposeAsync();

        connection.Abort();
        await connection.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);

        aborts.Should().Be(0);
    }
}
