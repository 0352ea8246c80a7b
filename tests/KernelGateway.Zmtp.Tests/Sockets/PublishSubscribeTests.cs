using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

/// <summary>PUB, XPUB and SUB: both forms of subscription, matching, and invalid subscriptions of a peer.</summary>
[CancelAfter(30_000)]
public sealed class PublishSubscribeTests
{
    [Test]
    public async Task Both_forms_of_subscription_are_taken_from_both_versions([Values(0, 1)] byte minor, [Values] bool isLegacy, CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token, minor);

        await peer.SendAsync(isLegacy ? Bytes.Message("\u0001ab") : Bytes.Command("SUBSCRIBE", Bytes.Text("ab")));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001ab");
        await publisher.SendAsync(Bytes.Frames("abc", "1"), token);
        var expected = Bytes.Message("abc", "1");
        (await peer.ReadAsync(expected.Length, token)).Should().Equal(expected);

        await peer.SendAsync(isLegacy ? Bytes.Message("\u0000ab") : Bytes.Command("CANCEL", Bytes.Text("ab")));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0000ab");
    }

    [Test]
    public async Task Topics_are_byte_prefixes_of_the_first_frame(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token);
        await peer.SendAsync(Bytes.Command("SUBSCRIBE", Bytes.Text("ab")), Bytes.Command("SUBSCRIBE", Bytes.Text("abc")));
        (await publisher.ReceiveAsync(token)).Dispose();
        (await publisher.ReceiveAsync(token)).Dispose();

        foreach (var topic in new[] { "", "a", "ab", "abcd", "b", "aab" })
            await publisher.SendAsync(Bytes.Frames(topic, "ab"), token);
        await publisher.SendAsync(Bytes.Frames("ab end"), token);

        var expected = Bytes.Join(Bytes.Message("ab", "ab"), Bytes.Message("abcd", "ab"), Bytes.Message("ab end"));
        (await peer.ReadAsync(expected.Length, token)).Should().Equal(expected, "each message arrives once, however many topics match");
    }

    [Test]
    public async Task Empty_topic_matches_everything_even_an_empty_first_frame(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        await using var subscriber = new SubscriberSocket(Options());
        subscriber.Subscribe(default);
        subscriber.Connect(await publisher.BindAsync(RawPeer.FreshName(), token));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001");

        await publisher.SendAsync(Bytes.Frames("", "x"), token);
        await publisher.SendAsync(Bytes.Frames("y"), token);

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("|x");
        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("y");
    }

    [TestCase(245)]
    [TestCase(246)]
    [TestCase(300)]
    [TestCase(60_000)]
    public async Task Long_topics_work(int topicBytes, CancellationToken token)
    {
        var topic = Bytes.Filled(topicBytes);
        await using var publisher = new XPublisherSocket(Options());
        await using var subscriber = new SubscriberSocket(Options());
        subscriber.Subscribe(topic);
        subscriber.Connect(await publisher.BindAsync(RawPeer.FreshName(), token));
        (await publisher.ReceiveAsync(token)).TakeFrames()[0].Should().Equal([1, .. topic]);

        await publisher.SendAsync([topic, Bytes.Text("x")], token);

        (await subscriber.ReceiveAsync(token)).TakeFrames()[0].Should().Equal(topic);
    }

    [Test]
    public async Task Duplicate_subscription_is_ended_by_one_cancel_of_the_peer(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token);
        await peer.SendAsync(Bytes.Command("SUBSCRIBE", 0x41), Bytes.Command("SUBSCRIBE", 0x41), Bytes.Command("CANCEL", 0x42), Bytes.Command("CANCEL", 0x41));

        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001A");
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0000A");
    }

    [Test]
    public async Task First_and_last_subscriber_of_a_topic_are_reported_over_all_connections(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        var log = new ConnectionLog(publisher);
        var endpoint = await publisher.BindAsync(RawPeer.FreshName(), token);
        using var first = RawPeer.ConnectInproc(endpoint);
        await first.ShakeHandsAsync("SUB", token);
        await first.SendAsync(Bytes.Command("SUBSCRIBE", 0x41));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001A");
        using var second = RawPeer.ConnectInproc(endpoint);
        await second.ShakeHandsAsync("SUB", token);
        await second.SendAsync(Bytes.Command("SUBSCRIBE", 0x41), Bytes.Command("SUBSCRIBE", 0x42));
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001B");

        first.Dispose();
        await log.EndedAsync(token);
        second.Dispose();
        await log.EndedAsync(token);

        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0000A");
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0000B");
    }

    [Test]
    public async Task Upstream_messages_reach_the_application_of_an_xpub(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token);

        await peer.SendAsync(Bytes.Message("up", "2"), Bytes.Message("\u0001", "two frames are no subscription"));

        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("up|2");
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001|two frames are no subscription");
    }

    [Test]
    public async Task Upstream_messages_to_a_pub_are_dropped(CancellationToken token)
    {
        await using var publisher = new PublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token);

        await peer.SendAsync(Bytes.Message("up"), Bytes.Command("SUBSCRIBE"), Bytes.Command("PING", 0, 0));
        await peer.ReadFrameAsync(token);
        await publisher.SendAsync(Bytes.Frames("down"), token);

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Message("down"));
    }

    [Test]
    public async Task Application_that_ignores_subscriptions_makes_a_flood_of_them_wait(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(new ZmtpSocketOptions { ReceiveHighWaterMark = 10, Linger = TimeSpan.Zero });
        using var peer = await ConnectAsync(publisher, token);
        var flood = Bytes.Join(Bytes.Command("SUBSCRIBE", Bytes.Filled(200)), Bytes.Command("CANCEL", Bytes.Filled(200)));
        var sending = peer.SendAsync([.. Enumerable.Repeat(flood, 2000)]);

        for (var i = 0; i < 4000; i++)
        {
            if (i == 1000) sending.IsCompleted.Should().BeFalse("750 KB do not fit into the queue and are still in the stream");
            (await publisher.ReceiveAsync(token)).TakeFrames()[0][0].Should().Be((byte)(1 - (i % 2)));
        }

        await sending;
    }

    [Test]
    public async Task Subscriber_drops_messages_of_other_topics(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var subscriber = new SubscriberSocket(Options());
        subscriber.Subscribe("a"u8);
        subscriber.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("PUB", token);

        await peer.SendAsync(Bytes.Message("b"), Bytes.Message(""), Bytes.Message("ab"));

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("ab");
    }

    [Test]
    public async Task Subscriptions_are_counted_and_cancelled_with_the_last(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var subscriber = new SubscriberSocket(Options());
        var log = new ConnectionLog(subscriber);
        subscriber.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("PUB", token);
        await log.ConnectedAsync(token);

        subscriber.Subscribe("A"u8);
        subscriber.Subscribe("A"u8);
        subscriber.Unsubscribe("A"u8);
        subscriber.Unsubscribe("never subscribed"u8);
        subscriber.Unsubscribe("A"u8);
        subscriber.Unsubscribe("A"u8);
        subscriber.Subscribe("B"u8);

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("SUBSCRIBE", 0x41));
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("CANCEL", 0x41));
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("SUBSCRIBE", 0x42));
    }

    [Test]
    public async Task Publisher_without_subscribers_sends_nothing_and_counts_no_drops(CancellationToken token)
    {
        await using var publisher = new PublisherSocket(Options());
        using var peer = await ConnectAsync(publisher, token);

        await publisher.SendAsync(Bytes.Frames("x"), token);

        publisher.DroppedMessages.Should().Be(0);
    }

    private static ZmtpSocketOptions Options() => new() { Linger = TimeSpan.Zero };

    private static async Task<RawPeer> ConnectAsync(ZmtpSocket publisher, CancellationToken token, byte minor = 1)
    {
        var peer = RawPeer.ConnectInproc(await publisher.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("SUB", token, minor: minor);
        return peer;
    }
}
