using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>Every socket type, tested against libzmq in both directions over both transports.</summary>
[Category("RequiresPyzmq")]
[CancelAfter(60_000)]
public sealed class PyzmqTests
{
    private const string Tcp = "tcp://127.0.0.1:*";
    private const string Ipc = "ipc://*";

    [Test]
    public async Task Dealer_talks_to_router([Values(Tcp, Ipc)] string transport, [Values] bool weBind, CancellationToken token)
    {
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me") });
        await using var peer = await PairAsync(dealer, "ROUTER", transport, weBind, token);
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
    public async Task Router_talks_to_dealer_and_req([Values("DEALER", "REQ")] string type, [Values] bool weBind, CancellationToken token)
    {
        await using var router = new RouterSocket();
        await using var peer = await PairAsync(router, type, Tcp, weBind, token, "IDENTITY=them");
        await peer.SendAsync(token, Bytes.Text("q"), Bytes.Filled(70_000));

        var request = (await router.ReceiveAsync(token)).TakeFrames();
        request[0].Should().Equal(Bytes.Text("them"));
        await router.SendAsync([.. request.Select(frame => (ReadOnlyMemory<byte>)frame)], token);

        var answer = await peer.ReceiveAsync(token);
        answer.Should().HaveCount(2);
        answer[1].Should().Equal(Bytes.Filled(70_000));
    }

    [Test]
    public async Task Req_talks_to_rep_and_router([Values("REP", "ROUTER")] string type, [Values] bool weBind, CancellationToken token)
    {
        await using var request = new RequestSocket();
        await using var peer = await PairAsync(request, type, Tcp, weBind, token);
        var echoing = peer.EchoAsync(2, token);
        foreach (var body in new[] { "ping", "" })
        {
            await request.SendAsync(Bytes.Frames(body), token);
            (await request.ReceiveAsync(token)).TakeText().Should().Be(body);
        }

        await echoing;
    }

    [Test]
    public async Task Rep_talks_to_req([Values(Tcp, Ipc)] string transport, [Values] bool weBind, CancellationToken token)
    {
        await using var reply = new ReplySocket();
        await using var peer = await PairAsync(reply, "REQ", transport, weBind, token);
        for (var i = 0; i < 2; i++)
        {
            await peer.SendAsync(token, Bytes.Text("q"), []);
            (await reply.ReceiveAsync(token)).TakeText().Should().Be("q|");
            await reply.SendAsync(Bytes.Frames("", "a"), token);
            (await peer.ReceiveAsync(token)).Should().BeEquivalentTo([[], Bytes.Text("a")], options => options.WithStrictOrdering());
        }
    }

    [Test]
    public async Task Sub_receives_what_xpub_sends(
        [Values(Tcp, Ipc)] string transport, [Values] bool weBind, CancellationToken token)
    {
        await using var subscriber = new SubscriberSocket();
        subscriber.Subscribe("a"u8);
        await using var peer = await PairAsync(subscriber, "XPUB", transport, weBind, token);
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
    public async Task Xpub_reaches_sub([Values(Tcp, Ipc)] string transport, [Values] bool weBind, CancellationToken token)
    {
        await using var publisher = new XPublisherSocket();
        await using var peer = await PairAsync(publisher, "SUB", transport, weBind, token, "SUBSCRIBE=a");
        var subscribed = publisher.ReceiveAsync(token).AsTask();

        // A bound SUB of libzmq sends its subscriptions only when its application calls it again.
        while (!subscribed.IsCompleted)
            await peer.PollAsync(20, token);
        (await subscribed).TakeText().Should().Be("\u0001a");

        await publisher.SendAsync(Bytes.Frames("b", "no"), token);
        await publisher.SendAsync([Bytes.Text("abc"), Bytes.Filled(100_000)], token);

        var message = await peer.ReceiveAsync(token);
        message[0].Should().Equal(Bytes.Text("abc"));
        message[1].Should().HaveCount(100_000);
        await peer.UnsubscribeAsync(Bytes.Text("a"), token);
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0000a");
    }

    [Test]
    public async Task Sub_receives_what_pub_sends(CancellationToken token)
    {
        await using var publisher = new PublisherSocket();
        await using var peer = await PairAsync(publisher, "SUB", Tcp, weBind: true, token, "SUBSCRIBE=");

        // A PUB does not report subscriptions to the application, so the test publishes until the first message arrives.
        for (var ready = false; !ready; ready = await peer.PollAsync(20, token))
            await publisher.SendAsync(Bytes.Frames("tick"), token);

        (await peer.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("tick"));
    }

    [Test]
    public async Task Xpub_understands_what_an_xsub_writes_by_hand(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket();
        await using var peer = await PairAsync(publisher, "XSUB", Tcp, weBind: true, token);
        await peer.SendAsync(token, Bytes.Text("\u0001A"));
        await peer.SendAsync(token, Bytes.Text("up"), Bytes.Text("stream"));

        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001A");
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("up|stream");
    }

    [Test]
    public async Task Abstract_ipc_names_mean_the_same_to_both(CancellationToken token)
    {
        var endpoint = $"ipc://@zmtp-tests-{Guid.NewGuid():N}";
        await using var dealer = new DealerSocket();
        await using var peer = await PyzmqPeer.StartAsync("ROUTER", "bind", endpoint, token);
        var echoing = peer.EchoAsync(1, token);
        dealer.Connect(endpoint);

        await dealer.SendAsync(Bytes.Frames("hi"), token);
        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("hi");
        await echoing;
    }

    [Test]
    public async Task Subscriber_that_reads_slowly_gets_every_message_of_a_flood(CancellationToken token)
    {
        const int Messages = 20_000;
        await using var subscriber = new SubscriberSocket(new ZmtpSocketOptions { ReceiveHighWaterMark = 10 });
        subscriber.Subscribe(default);
        await using var peer = await PairAsync(subscriber, "XPUB", Tcp, weBind: false, token, "SNDHWM=0");
        await peer.ReceiveAsync(token);

        // With its high water mark off, libzmq drops nothing. A missing message would have been lost on our side.
        await peer.FloodAsync(Messages, 500, token);

        for (var i = 0; i < Messages; i++)
            (await subscriber.ReceiveAsync(token)).TakeFrames()[0].Should().Equal(Bytes.Text($"{i}"));
    }

    [Test]
    public async Task Heartbeats_keep_idle_connections_alive_in_both_directions(CancellationToken token)
    {
        await using var dealer = new DealerSocket(new ZmtpSocketOptions
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            HeartbeatTimeout = TimeSpan.FromSeconds(20),
            HeartbeatTtl = TimeSpan.FromSeconds(20),
        });
        var log = new ConnectionLog(dealer);
        await using var peer = await PairAsync(
            dealer, "ROUTER", Tcp, weBind: false, token, "HEARTBEAT_IVL=50", "HEARTBEAT_TIMEOUT=20000", "HEARTBEAT_TTL=20000");
        await log.ConnectedAsync(token);

        (await peer.PollAsync(500, token)).Should().BeFalse("heartbeats are not delivered as messages");
        var echoing = peer.EchoAsync(1, token);
        await dealer.SendAsync(Bytes.Frames("alive"), token);

        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("alive");
        await echoing;
        await peer.CloseAsync(token);
        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.PeerClosed, "the heartbeats caused no event after Connected");
    }

    [Test]
    public async Task Crash_of_the_peer_is_reported_and_the_socket_subscribes_at_its_successor(CancellationToken token)
    {
        await using var subscriber = new SubscriberSocket();
        subscriber.Subscribe("a"u8);
        var log = new ConnectionLog(subscriber);
        string endpoint;
        await using (var first = await PairAsync(subscriber, "XPUB", Tcp, weBind: false, token))
        {
            endpoint = first.Endpoint;
            await first.ReceiveAsync(token);
            await first.KillAsync(token);
        }

        (await log.EndedAsync(token)).Change.Should().Be(ZmtpConnectionChange.Lost);
        await using var second = await PyzmqPeer.StartAsync("XPUB", "bind", endpoint, token);
        (await second.ReceiveAsync(token))[0].Should().Equal(Bytes.Text("\u0001a"));
        await second.SendAsync(token, Bytes.Text("again"));

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("again");
    }

    [Test]
    public async Task Messages_sent_before_the_disposal_arrive(CancellationToken token)
    {
        await using var peer = await PyzmqPeer.StartAsync("ROUTER", "bind", Tcp, token);
        var dealer = new DealerSocket();
        dealer.Connect(peer.Endpoint);
        for (var i = 0; i < 100; i++)
            await dealer.SendAsync(Bytes.Frames($"{i}"), token);

        await dealer.DisposeAsync();

        for (var i = 0; i < 100; i++)
            (await peer.ReceiveAsync(token))[1].Should().Equal(Bytes.Text($"{i}"));
    }

    [Test]
    public async Task Peer_of_the_wrong_type_is_refused_by_both(CancellationToken token)
    {
        await using var subscriber = new SubscriberSocket();
        var log = new ConnectionLog(subscriber);
        await using var peer = await PairAsync(subscriber, "ROUTER", Tcp, weBind: false, token);

        var end = await log.EndedAsync(token);

        end.Change.Should().Be(ZmtpConnectionChange.Failed);
        end.Reason.Should().BeOneOf(
            [ZmtpConnectionEndReason.ProtocolError, ZmtpConnectionEndReason.PeerClosed, ZmtpConnectionEndReason.TransportFailed], "either side may close first");
    }

    private static async Task<PyzmqPeer> PairAsync(
        ZmtpSocket socket, string peerType, string transport, bool weBind, CancellationToken token, params string[] options)
    {
        if (weBind)
            return await PyzmqPeer.StartAsync(peerType, "connect", await socket.BindAsync(transport, token), token, options);
        var peer = await PyzmqPeer.StartAsync(peerType, "bind", transport, token, options);
        socket.Connect(peer.Endpoint);
        return peer;
    }
}
