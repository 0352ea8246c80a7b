using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Queues;

/// <summary>The behaviour of each socket type when a queue is full. An in-memory peer accepts 64 KiB before its writer has to wait.</summary>
[CancelAfter(30_000)]
public sealed class HighWaterMarkTests
{
    private const int Limit = 10;
    private static readonly byte[] Body = Bytes.Filled(40_000);

    [Test]
    public async Task Dealer_queues_up_to_the_limit_for_an_absent_peer_then_waits(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var dealer = new DealerSocket(Options());
        dealer.Connect(endpoint);
        for (var i = 0; i < Limit; i++)
            dealer.SendAsync(Bytes.Frames($"{i}", "x"), token).AsTask().IsCompletedSuccessfully.Should().BeTrue("message {0} fits", i);
        var waiting = Enumerable.Range(Limit, 5).Select(i => dealer.SendAsync(Bytes.Frames($"{i}", "x"), token).AsTask()).ToArray();
        waiting.Should().OnlyContain(send => !send.IsCompleted);

        await using var router = new RouterSocket(Options());
        await router.BindAsync(endpoint, token);

        for (var i = 0; i < Limit + 5; i++)
            (await router.ReceiveAsync(token)).TakeText().Should().EndWith($"|{i}|x");
        await Task.WhenAll(waiting);
    }

    [Test]
    public async Task Dealer_without_any_endpoint_waits(CancellationToken token)
    {
        await using var dealer = new DealerSocket(Options());
        var sending = dealer.SendAsync(Bytes.Frames("x"), token).AsTask();
        sending.IsCompleted.Should().BeFalse();

        using var peer = RawPeer.ConnectInproc(await dealer.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Message("x"));
        await sending;
    }

    [Test]
    public async Task Cancelled_send_is_not_sent_and_the_others_are(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var dealer = new DealerSocket(Options(limit: 1));
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("1"), token);
        using var cancellation = new CancellationTokenSource();
        var cancelled = dealer.SendAsync(Bytes.Frames("2"), cancellation.Token).AsTask();
        var waiting = dealer.SendAsync(Bytes.Frames("3"), token).AsTask();

        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => cancelled).Should().ThrowAsync<OperationCanceledException>();
        await using var router = new RouterSocket(Options());
        await router.BindAsync(endpoint, token);

        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|1");
        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|3");
        await waiting;
    }

    [Test]
    public async Task Router_drops_whole_messages_for_a_peer_that_does_not_read(CancellationToken token)
    {
        await using var router = new RouterSocket(Options());
        using var peer = await ConnectAsync(router, "DEALER", token);
        for (var i = 0; i < 100; i++)
            await router.SendAsync([Bytes.Text("me"), Bytes.Text($"{i:d3}"), Body], token);

        var kept = await ReadNumbersAsync(peer, router.DisposeAsync, token);

        kept.Should().HaveCountGreaterThanOrEqualTo(Limit).And.HaveCountLessThan(100).And.BeInAscendingOrder().And.StartWith(0);
    }

    [Test]
    public async Task Router_that_must_deliver_throws_when_the_queue_is_full(CancellationToken token)
    {
        await using var router = new RouterSocket(Options(mandatory: true));
        using var peer = await ConnectAsync(router, "DEALER", token);
        var send = async () =>
        {
            for (var i = 0; i < 100; i++)
                await router.SendAsync([Bytes.Text("me"), Body], token);
        };

        (await send.Should().ThrowAsync<ZmtpUnroutableException>()).Which.IsQueueFull.Should().BeTrue();
    }

    [Test]
    public async Task Publisher_drops_for_the_slow_subscriber_only(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        using var slow = await ConnectAsync(publisher, "SUB", token);
        await slow.SendAsync(Bytes.Command("SUBSCRIBE"));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001");
        await using var fast = new SubscriberSocket(Options());
        fast.Subscribe("0"u8);
        fast.Connect(_endpoint);
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u00010");

        for (var i = 0; i < 100; i++)
        {
            await publisher.SendAsync([Bytes.Text($"{i:d3}"), Body], token);
            (await fast.ReceiveAsync(token)).TakeFrames()[0].Should().Equal(Bytes.Text($"{i:d3}"));
        }

        var kept = await ReadNumbersAsync(slow, publisher.DisposeAsync, token);
        kept.Should().HaveCountLessThan(100).And.BeInAscendingOrder().And.StartWith(0);
        publisher.DroppedMessages.Should().BeInRange(100 - kept.Count - Limit - 1, 100 - kept.Count);
    }

    [Test]
    public async Task Reply_to_a_peer_that_does_not_read_is_dropped(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        using var peer = await ConnectAsync(reply, "DEALER", token);
        for (var i = 0; i < 100; i++)
        {
            await peer.SendAsync(Bytes.Message("", $"{i:d3}"));
            (await reply.ReceiveAsync(token)).Dispose();
            await reply.SendAsync([Bytes.Text($"{i:d3}"), Body], token);
        }

        var kept = await ReadNumbersAsync(peer, reply.DisposeAsync, token);

        kept.Should().HaveCountLessThan(100).And.BeInAscendingOrder();
    }

    [Test]
    public async Task Subscriber_that_is_behind_leaves_the_stream_unread_and_loses_nothing(CancellationToken token)
    {
        const int Messages = 200;
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var subscriber = new SubscriberSocket(Options());
        subscriber.Subscribe(default);
        subscriber.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("PUB", token);
        var sending = peer.SendAsync([.. Enumerable.Range(0, Messages).Select(i => Bytes.Message(Bytes.Text($"{i}"), Bytes.Filled(10_000)))]);

        for (var i = 0; i < Messages; i++)
        {
            if (i == 50) sending.IsCompleted.Should().BeFalse("150 messages (1.5 MB) do not fit into the queue and are still in the stream");
            (await subscriber.ReceiveAsync(token)).TakeFrames()[0].Should().Equal(Bytes.Text($"{i}"));
        }

        await sending;
    }

    [Test]
    public async Task No_limit_means_that_everything_is_taken(CancellationToken token)
    {
        await using var dealer = new DealerSocket(Options(limit: 0));
        dealer.Connect(RawPeer.FreshName());

        for (var i = 0; i < 5000; i++)
            dealer.SendAsync(Bytes.Frames("x"), token).AsTask().IsCompletedSuccessfully.Should().BeTrue();
    }

    private string _endpoint = string.Empty;

    private static ZmtpSocketOptions Options(int limit = Limit, bool mandatory = false) => new()
    {
        SendHighWaterMark = limit,
        ReceiveHighWaterMark = limit,
        RouterMandatory = mandatory,
        Linger = TimeSpan.Zero,
    };

    private async Task<RawPeer> ConnectAsync(ZmtpSocket socket, string type, CancellationToken token)
    {
        var log = new ConnectionLog(socket);
        _endpoint = await socket.BindAsync(RawPeer.FreshName(), token);
        var peer = RawPeer.ConnectInproc(_endpoint);
        await peer.ShakeHandsAsync(type, token, type == "SUB" ? null : "me");
        await log.ConnectedAsync(token);
        return peer;
    }

    // Reads until the socket is closed and checks that every message is whole, except the last one, which the close may have cut off.
    private static async Task<List<int>> ReadNumbersAsync(RawPeer peer, Func<ValueTask> dispose, CancellationToken token)
    {
        var numbers = new List<int>();
        for (var i = 0; i < Limit; i++)
            await ReadOneAsync();
        await dispose();
        try
        {
            while (true)
                await ReadOneAsync();
        }
        catch (EndOfStreamException)
        {
            return numbers;
        }

        async Task ReadOneAsync()
        {
            var number = await peer.ReadFrameAsync(token);
            if (number is [1, 0, ..]) number = await peer.ReadFrameAsync(token);
            var body = await peer.ReadFrameAsync(token);
            body.Should().HaveCount(Body.Length + 9);
            numbers.Add(int.Parse(System.Text.Encoding.ASCII.GetString(number.AsSpan(2))));
        }
    }
}
