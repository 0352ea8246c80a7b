using FluentAssertions;
using KernelGateway.Zmtp.Tests.Support;
using NetMQ;
using NUnit.Framework;
using Net = NetMQ.Sockets;
using Ours = KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>Every socket type, tested against NetMQ in both directions. NetMQ speaks ZMTP 3.0.</summary>
[CancelAfter(60_000)]
public sealed class NetMQTests
{
    private static readonly ZmtpSocketOptions NoLinger = new() { Linger = TimeSpan.Zero };

    [Test]
    public async Task Dealer_talks_to_router([Values] bool weBind, CancellationToken token)
    {
        await using var dealer = new Ours.DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me"), Linger = TimeSpan.Zero });
        await using var peer = await PairAsync(dealer, new Net.RouterSocket(), weBind, token);
        var body = new byte[1_000_000];
        new Random(3).NextBytes(body);
        var echoing = peer.EchoAsync(3, token);
        foreach (var frames in new[] { ["", "a", ""], new[] { "x" } })
        {
            await dealer.SendAsync(Bytes.Frames(frames), token);
            (await dealer.ReceiveAsync(token)).TakeText().Should().Be(string.Join('|', frames));
        }

        await dealer.SendAsync([Bytes.Filled(255), Bytes.Filled(256), body, body], token);
        var back = (await dealer.ReceiveAsync(token)).TakeFrames();
        back.Select(frame => frame.Length).Should().Equal(255, 256, body.Length, body.Length);
        back[3].AsSpan().SequenceEqual(body).Should().BeTrue();
        await echoing;

        await dealer.SendAsync(Bytes.Frames("named"), token);
        (await peer.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("me"));
    }

    [Test]
    public async Task Router_talks_to_dealer([Values] bool weBind, CancellationToken token)
    {
        await using var router = new Ours.RouterSocket(NoLinger);
        var theirs = new Net.DealerSocket();
        theirs.Options.Identity = Bytes.Text("them");
        await using var peer = await PairAsync(router, theirs, weBind, token);
        await peer.SendAsync(token, Bytes.Text("q"), Bytes.Filled(70_000));

        var request = (await router.ReceiveAsync(token)).TakeFrames();
        request.Select(frame => frame.Length).Should().Equal(4, 1, 70_000);
        request[0].Should().Equal(Bytes.Text("them"));
        await router.SendAsync([.. request.Select(frame => (ReadOnlyMemory<byte>)frame)], token);

        (await peer.ReceiveAsync(token))[1].Should().Equal(Bytes.Filled(70_000));
    }

    [Test]
    public async Task Req_talks_to_rep([Values] bool weBind, CancellationToken token)
    {
        await using var request = new Ours.RequestSocket(NoLinger);
        await using var peer = await PairAsync(request, new Net.ResponseSocket(), weBind, token);
        var echoing = peer.EchoAsync(2, token);
        foreach (var body in new[] { "ping", "" })
        {
            await request.SendAsync(Bytes.Frames(body), token);
            (await request.ReceiveAsync(token)).TakeText().Should().Be(body);
        }

        await echoing;
    }

    [Test]
    public async Task Rep_talks_to_req([Values] bool weBind, CancellationToken token)
    {
        await using var reply = new Ours.ReplySocket(NoLinger);
        await using var peer = await PairAsync(reply, new Net.RequestSocket(), weBind, token);
        for (var i = 0; i < 2; i++)
        {
            await peer.SendAsync(token, Bytes.Text("q"), []);
            (await reply.ReceiveAsync(token)).TakeText().Should().Be("q|");
            await reply.SendAsync(Bytes.Frames("", "a"), token);
            (await peer.ReceiveAsync(token)).Should().BeEquivalentTo([[], Bytes.Text("a")], options => options.WithStrictOrdering());
        }
    }

    [Test]
    public async Task Sub_receives_what_xpub_sends([Values] bool weBind, CancellationToken token)
    {
        await using var subscriber = new Ours.SubscriberSocket();
        subscriber.Subscribe("a"u8);
        await using var peer = await PairAsync(subscriber, new Net.XPublisherSocket(), weBind, token);
        (await peer.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("\u0001a"));

        await peer.SendAsync(token, Bytes.Text("b"), Bytes.Text("no"));
        await peer.SendAsync(token, Bytes.Text("abc"), Bytes.Text("yes"));
        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("abc|yes");

        subscriber.Subscribe("b"u8);
        (await peer.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("\u0001b"));
        subscriber.Unsubscribe("a"u8);
        (await peer.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("\u0000a"));
    }

    [Test]
    public async Task Xpub_reaches_sub([Values] bool weBind, CancellationToken token)
    {
        await using var publisher = new Ours.XPublisherSocket(NoLinger);
        var theirs = new Net.SubscriberSocket();
        theirs.Subscribe("a");
        await using var peer = await PairAsync(publisher, theirs, weBind, token);

        // A bound SUB of NetMQ sends its subscriptions only when its application calls it again.
        var receiving = peer.ReceiveAsync(token);
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001a");
        await publisher.SendAsync(Bytes.Frames("b", "no"), token);
        await publisher.SendAsync([Bytes.Text("abc"), Bytes.Filled(100_000)], token);

        var message = await receiving;
        message[0].Should().Equal(Bytes.Text("abc"));
        message[1].Should().HaveCount(100_000);
    }

    [Test]
    public async Task Subscriber_that_reads_slowly_gets_every_message_of_a_flood(CancellationToken token)
    {
        const int Messages = 20_000;
        await using var subscriber = new Ours.SubscriberSocket(new ZmtpSocketOptions { ReceiveHighWaterMark = 10 });
        subscriber.Subscribe(default);
        var theirs = new Net.XPublisherSocket();
        theirs.Options.SendHighWatermark = 0;
        await using var peer = await PairAsync(subscriber, theirs, weBind: false, token);
        await peer.ReceiveAsync(token);
        for (var i = 0; i < Messages; i++) await peer.SendAsync(token, Bytes.Text($"{i}"), Bytes.Filled(500));

        for (var i = 0; i < Messages; i++) (await subscriber.ReceiveAsync(token)).TakeFrames()[0].Should().Equal(Bytes.Text($"{i}"));
    }

    [Test]
    public async Task End_of_the_peer_is_reported_and_the_socket_subscribes_at_its_successor(CancellationToken token)
    {
        await using var subscriber = new Ours.SubscriberSocket();
        subscriber.Subscribe("a"u8);
        var log = new ConnectionLog(subscriber);
        string endpoint;
        await using (var first = await PairAsync(subscriber, new Net.XPublisherSocket(), weBind: false, token))
        {
            endpoint = first.Endpoint;
            await first.ReceiveAsync(token);
        }

        (await log.EndedAsync(token)).Change.Should().Be(ZmtpConnectionChange.Lost);
        await using var second = NetMQPeer.Bind(new Net.XPublisherSocket(), endpoint);
        (await second.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("\u0001a"));
        await second.SendAsync(token, Bytes.Text("again"));

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("again");
    }

    [Test]
    public async Task Messages_sent_before_the_disposal_arrive(CancellationToken token)
    {
        await using var peer = NetMQPeer.Bind(new Net.RouterSocket());
        var dealer = new Ours.DealerSocket();
        dealer.Connect(peer.Endpoint);
        for (var i = 0; i < 100; i++) await dealer.SendAsync(Bytes.Frames($"{i}"), token);

        await dealer.DisposeAsync();

        for (var i = 0; i < 100; i++) (await peer.ReceiveAsync(token))[1].Should().Equal(Bytes.Text($"{i}"));
    }

    private static async Task<NetMQPeer> PairAsync(Ours.ZmtpSocket socket, NetMQSocket theirs, bool weBind, CancellationToken token)
    {
        if (weBind) return NetMQPeer.Connect(theirs, await socket.BindAsync("tcp://127.0.0.1:*", token));
        var peer = NetMQPeer.Bind(theirs);
        socket.Connect(peer.Endpoint);
        return peer;
    }
}
