using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Testing;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Connections over real Kestrel, to the runtime's client and to one that sends octets.</summary>
public class WebSocketConnectionTests
{
    private const byte Text = 0x81;
    private const byte Binary = 0x82;
    private const byte Close = 0x88;
    private const byte Ping = 0x89;
    private const byte Pong = 0x8A;

    [Test]
    [CancelAfter(30_000)]
    public async Task Messages_of_every_size_come_back_whole_and_of_their_kind(
        [Values(0, 1, 125, 126, 4_080, 4_082, 4_083, 4_096, 65_535, 65_536, 1_000_000)] int length, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(connection => EchoAsync(connection, token));
        using var client = await server.ConnectAsync(token);
        var sent = Enumerable.Range(0, length).Select(i => (byte)('a' + i % 26)).ToArray();

        foreach (var type in new[] { WebSocketMessageType.Text, WebSocketMessageType.Binary })
        {
            await client.SendAsync(sent, type, endOfMessage: true, token);
            var (received, receivedType) = await ReceiveAsync(client, token);

            receivedType.Should().Be(type);
            received.Should().Equal(sent);
        }
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_batch_of_messages_arrives_in_order_with_spliced_parts_in_their_place(CancellationToken token)
    {
        var large = new byte[200_000];
        large.AsSpan().Fill((byte)'x');
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            for (var i = 0; i < 2_000; i++) connection.WriteMessage(isText: true, Encoding.ASCII.GetBytes($"{i}"));
            var output = connection.BeginMessage(isText: false, large.Length + 2);
            output.Splice("<"u8.ToArray());
            output.Splice(large);
            output.Splice(">"u8.ToArray());
            connection.WriteMessage(isText: true, "end"u8.ToArray());
            connection.UnflushedBytes.Should().BeGreaterThan(200_000);
            (await connection.FlushAsync(token)).Should().BeTrue();
            connection.UnflushedBytes.Should().Be(0);
            await connection.ReceiveAsync(token);
        });
        using var client = await server.ConnectAsync(token);

        for (var i = 0; i < 2_000; i++) Encoding.ASCII.GetString((await ReceiveAsync(client, token)).Payload).Should().Be($"{i}");
        (await ReceiveAsync(client, token)).Payload.Should().Equal([(byte)'<', .. large, (byte)'>']);
        Encoding.ASCII.GetString((await ReceiveAsync(client, token)).Payload).Should().Be("end");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "thanks", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_ping_that_carries_a_position_is_answered_with_it_by_a_client_that_knows_nothing_of_it(CancellationToken token)
    {
        var pongs = new AwaitableLog<string>();
        var options = new WebSocketConnectionOptions { OnPong = payload => pongs.Add(Encoding.ASCII.GetString(payload)) };
        await using var server = await WebSocketServer.StartAsync(
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

        for (var i = 0; i < 3; i++) await ReceiveAsync(client, token);
        var receiving = ReceiveAsync(client, token);
        await pongs.WaitForAsync(pong => pong == "position 3", token);

        pongs.Items.Should().Equal("position 1", "position 2", "position 3");
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await receiving).Type.Should().Be(WebSocketMessageType.Close);
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

        for (var i = 0; i < receivedBeforeTheBreak; i++) await ReceiveAsync(client, token);
        client.Abort();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
        acknowledged.Should().BeLessThanOrEqualTo(receivedBeforeTheBreak);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Fragments_are_joined_and_control_frames_between_them_answered_at_once(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(connection => EchoAsync(connection, token));
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(0x01, "one "u8, token);
        await client.SendAsync(Ping, "are you there"u8, token);
        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Pong, "are you there"u8.ToArray()));
        await client.SendAsync(0x00, ""u8, token);
        await client.SendAsync(Pong, "unasked"u8, token);
        await client.SendAsync(0x80, "two"u8, token);

        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Text, "one two"u8.ToArray()));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_clients_close_is_answered_with_its_status_and_told(CancellationToken token)
    {
        WebSocketConnection? seen = null;
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            seen = connection;
            (await connection.ReceiveAsync(token)).Should().BeNull();
            (await connection.ReceiveAsync(token)).Should().BeNull("nothing follows the end");
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
        await using var server = await WebSocketServer.StartAsync(async connection =>
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
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            var receiving = isReceiving ? connection.ReceiveAsync(token).AsTask() : Task.FromResult<WebSocketMessage?>(null);
            connection.WriteMessage(isText: true, "last words"u8.ToArray());
            await connection.FlushAsync(token);
            await connection.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "The server stops.", token);
            (await receiving).Should().BeNull();
        });
        using var client = await server.ConnectAsync(token);

        Encoding.ASCII.GetString((await ReceiveAsync(client, token)).Payload).Should().Be("last words");
        await client.SendAsync(new byte[100_000], WebSocketMessageType.Binary, endOfMessage: true, token).ContinueWith(
            _ => { }, token, TaskContinuationOptions.None, TaskScheduler.Default);
        (await ReceiveAsync(client, token)).Type.Should().Be(WebSocketMessageType.Close);
        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        client.CloseStatusDescription.Should().Be("The server stops.");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        await server.Ended.WaitForAsync(_ => true, token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_message_in_use_is_left_alone_by_whoever_closes_meanwhile(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            var message = await connection.ReceiveAsync(token);
            await connection.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
            Encoding.ASCII.GetString(message!.Value.Payload.Span).Should().Be("in use");
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Text, "in use"u8, token);
        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        for (var i = 0; i < 100; i++) await client.SendAsync(Binary, new byte[1_000], token);
        await client.SendAsync(Close, [0x03, 0xe8], token);

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_does_not_answer_our_close_is_broken_off(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var server = await WebSocketServer.StartAsync(
            connection => connection.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token), new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        (await client.ReceiveAsync(token)).First.Should().Be(Close);
        server.Ended.Items.Should().BeEmpty("the client has time to answer");
        time.Advance(TimeSpan.FromSeconds(5));

        await server.Ended.WaitForAsync(_ => true, token);
        await client.ReadToEndAsync(token);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_does_not_read_holds_up_its_sender_and_is_broken_off_by_a_close(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        var flushed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebSocketServer.StartAsync(
            async connection =>
            {
                await connection.ReceiveAsync(token);
                var flushing = FloodAsync(connection, token);
                var closing = connection.CloseAsync(WebSocketCloseStatus.PolicyViolation, "Too slow.", token);
                flushing.IsCompleted.Should().BeFalse();
                time.Advance(TimeSpan.FromSeconds(5));
                await closing;
                flushed.SetResult(await flushing);
            },
            new() { Time = time });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Text, "now"u8, token);
        (await flushed.Task.WaitAsync(token)).Should().BeFalse("the connection is over");
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Pings_of_a_client_that_does_not_read_cost_one_answer_and_its_messages_still_arrive(CancellationToken token)
    {
        var received = new AwaitableLog<int>();
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            var flushing = FloodAsync(connection, token);
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
    public async Task The_end_of_a_client_without_a_close_has_no_status([Values] bool reset, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            (await connection.ReceiveAsync(token)).Should().BeNull();
            connection.CloseStatus.Should().BeNull();
            connection.Violation.Should().BeNull();
            connection.IsOpen.Should().BeFalse();
            await connection.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync((byte[])[Text, 0xff], token);
        if (reset) client.Reset();
        else client.Dispose();

        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Pongs_that_came_before_a_reset_are_reported_though_the_server_is_sending(CancellationToken token)
    {
        const int Pings = 8;
        for (var round = 0; round < 20; round++)
        {
            var pongs = new List<int>();
            await using var server = await WebSocketServer.StartAsync(
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

    [Test]
    [CancelAfter(30_000)]
    public async Task A_receive_that_is_cancelled_loses_nothing(CancellationToken token)
    {
        var isCancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
            var receiving = connection.ReceiveAsync(cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await FluentActions.Awaiting(() => receiving).Should().ThrowAsync<OperationCanceledException>();
            isCancelled.SetResult();
            await EchoAsync(connection, token);
        });
        using var client = await RawClient.OpenAsync(server, token);

        var frame = RawClient.Frame(Text, "whole"u8);
        await client.SendAsync(frame.AsMemory(0, 5), token);
        await isCancelled.Task.WaitAsync(token);
        await client.SendAsync(frame.AsMemory(5), token);

        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Text, "whole"u8.ToArray()));
    }

    [TestCase("C1 80 00 00 00 00", 1002, TestName = "Reserved_bits_are_refused")]
    [TestCase("83 80 00 00 00 00", 1002, TestName = "An_unknown_opcode_is_refused")]
    [TestCase("81 01 61", 1002, TestName = "An_unmasked_frame_is_refused")]
    [TestCase("09 80 00 00 00 00", 1002, TestName = "A_fragmented_ping_is_refused")]
    [TestCase("89 FE 00 7E", 1002, TestName = "A_long_ping_is_refused")]
    [TestCase("80 80 00 00 00 00", 1002, TestName = "A_continuation_of_nothing_is_refused")]
    [TestCase("01 80 00 00 00 00 81 80 00 00 00 00", 1002, TestName = "A_message_inside_of_another_is_refused")]
    [TestCase("82 FF 80 00 00 00 00 00 00 00 00 00 00 00", 1002, TestName = "A_length_of_2_to_the_63_is_refused")]
    [TestCase("82 FF 7F FF FF FF FF FF FF FF 00 00 00 00", 1009, TestName = "A_length_nobody_has_memory_for_is_refused")]
    [TestCase("82 FE 03 E9 00 00 00 00", 1009, TestName = "A_message_over_the_limit_is_refused_before_it_comes")]
    [TestCase("81 82 00 00 00 00 C3 28", 1007, TestName = "Text_that_is_not_utf8_is_refused")]
    [TestCase("88 81 00 00 00 00 03", 1002, TestName = "Half_a_close_status_is_refused")]
    [TestCase("88 82 00 00 00 00 03 ED", 1002, TestName = "A_close_status_nobody_may_send_is_refused")]
    [TestCase("88 83 00 00 00 00 03 E8 FF", 1007, TestName = "A_close_reason_that_is_not_utf8_is_refused")]
    [CancelAfter(30_000)]
    public async Task Violation(string octets, int status, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(
            async connection =>
            {
                (await connection.ReceiveAsync(token)).Should().BeNull();
                ((int)connection.Violation!.Status).Should().Be(status);
            },
            new() { MaxMessageBytes = 1_000 });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Convert.FromHexString(octets.Replace(" ", "")), token);
        var (first, payload) = await client.ReceiveAsync(token);

        first.Should().Be(Close);
        (payload[0] << 8 | payload[1]).Should().Be(status);
        payload.Length.Should().BeGreaterThan(2, "people are told why");
        client.Dispose();
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_learns_that_its_message_is_too_long_though_it_is_still_sending(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(
            async connection => (await connection.ReceiveAsync(token)).Should().BeNull(), new() { MaxMessageBytes = 1_000 });
        using var client = await server.ConnectAsync(token);

        var sending = client.SendAsync(new byte[20_000_000], WebSocketMessageType.Binary, endOfMessage: true, token);
        (await ReceiveAsync(client, token)).Type.Should().Be(WebSocketMessageType.Close);

        client.CloseStatus.Should().Be(WebSocketCloseStatus.MessageTooBig);
        await sending;
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_time_since_the_last_octet_is_known(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var server = await WebSocketServer.StartAsync(
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

    [Test]
    [CancelAfter(30_000)]
    public async Task A_message_that_is_not_as_long_as_announced_is_never_sent(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(async connection =>
        {
            await connection.ReceiveAsync(token);
            connection.BeginMessage(isText: true, 3).Splice("ab"u8.ToArray());
            await FluentActions.Awaiting(() => connection.FlushAsync(token).AsTask()).Should().ThrowAsync<InvalidOperationException>();
            FluentActions.Invoking(() => connection.WritePing(default)).Should().Throw<InvalidOperationException>();
        });
        using var client = await RawClient.OpenAsync(server, token);

        await client.SendAsync(Text, "now"u8, token);
        (await client.ReadToEndAsync(token)).Should().Be(0);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    private static async Task EchoAsync(WebSocketConnection connection, CancellationToken token)
    {
        while (await connection.ReceiveAsync(token) is { } message)
        {
            connection.WriteMessage(message.IsText, message.Payload);
            await connection.FlushAsync(token);
        }
    }

    // More than all buffers between here and a client take.
    private static async Task<bool> FloodAsync(WebSocketConnection connection, CancellationToken token)
    {
        connection.WriteMessage(isText: false, new byte[64 << 20]);
        return await connection.FlushAsync(token);
    }

    private static async Task<(byte[] Payload, WebSocketMessageType Type)> ReceiveAsync(ClientWebSocket client, CancellationToken token)
    {
        var payload = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var result = await client.ReceiveAsync(buffer, token);
            payload.AddRange(buffer[..result.Count]);
            if (result.EndOfMessage) return ([.. payload], result.MessageType);
        }
    }
}
