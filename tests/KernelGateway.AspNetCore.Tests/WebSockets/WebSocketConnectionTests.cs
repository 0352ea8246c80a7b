using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.WebSockets.FirstByte;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Messages over Kestrel, with the runtime's client and with a client that sends raw bytes.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class WebSocketConnectionTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Messages_of_every_size_come_back_whole_and_of_their_kind(
        [Values(0, 1, 125, 126, 4_080, 4_082, 4_083, 4_096, 65_535, 65_536, 1_000_000)] int length, CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, connection => connection.EchoAsync(token));
        using var client = await server.ConnectAsync(token);
        var sent = Enumerable.Range(0, length).Select(i => (byte)('a' + i % 26)).ToArray();

        foreach (var type in new[] { WebSocketMessageType.Text, WebSocketMessageType.Binary })
        {
            await client.SendAsync(sent, type, endOfMessage: true, token);
            var (received, receivedType) = await client.ReceiveMessageAsync(token);

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
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
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

        for (var i = 0; i < 2_000; i++) Encoding.ASCII.GetString((await client.ReceiveMessageAsync(token)).Payload).Should().Be($"{i}");
        (await client.ReceiveMessageAsync(token)).Payload.Should().Equal([(byte)'<', .. large, (byte)'>']);
        Encoding.ASCII.GetString((await client.ReceiveMessageAsync(token)).Payload).Should().Be("end");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "thanks", token);
        (await server.Ended.WaitForAsync(_ => true, token)).Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Fragments_are_joined_and_control_frames_between_them_answered_at_once(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, connection => connection.EchoAsync(token));
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
    public async Task A_receive_that_is_cancelled_loses_nothing(CancellationToken token)
    {
        var isCancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
            var receiving = connection.ReceiveAsync(cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await FluentActions.Awaiting(() => receiving).Should().ThrowAsync<OperationCanceledException>();
            isCancelled.SetResult();
            await connection.EchoAsync(token);
        });
        using var client = await RawClient.OpenAsync(server, token);

        var frame = RawClient.Frame(Text, "whole"u8);
        await client.SendAsync(frame.AsMemory(0, 5), token);
        await isCancelled.Task.WaitAsync(token);
        await client.SendAsync(frame.AsMemory(5), token);

        (await client.ReceiveAsync(token)).Should().BeEquivalentTo((Text, "whole"u8.ToArray()));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_message_that_is_not_as_long_as_announced_is_never_sent(CancellationToken token)
    {
        await using var server = await WebSocketServer.StartAsync(stack, async connection =>
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
}
