using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>The socket types of a Jupyter kernel, tested against jeromq 0.3. Java kernels use jeromq; this version speaks ZMTP 2.0.</summary>
[Category("RequiresJeromq")]
[CancelAfter(60_000)]
public sealed class JeromqTests
{
    private const string Tcp = "tcp://127.0.0.1";

    [Test]
    public async Task Dealer_talks_to_router([Values] bool weBind, CancellationToken token)
    {
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me"), Linger = TimeSpan.Zero });
        await using var peer = await PairAsync(dealer, "ROUTER", weBind, token);
        await dealer.SendAsync([Bytes.Text("q"), Bytes.Filled(70_000), Array.Empty<byte>()], token);

        var request = await peer.ReceiveAsync(token);
        request.Select(frame => frame.Length).Should().Equal(2, 1, 70_000, 0);
        request[0].Should().Equal(Bytes.Text("me"));

        await peer.SendAsync(token, request);
        (await dealer.ReceiveAsync(token)).TakeFrames().Select(frame => frame.Length).Should().Equal(1, 70_000, 0);
    }

    [Test]
    public async Task Router_talks_to_dealer([Values] bool weBind, CancellationToken token)
    {
        await using var router = new RouterSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        await using var peer = await PairAsync(router, "DEALER", weBind, token, "them");
        await peer.SendAsync(token, Bytes.Text("q"));

        (await router.ReceiveAsync(token)).TakeText().Should().Be("them|q");
        await router.SendAsync(Bytes.Frames("them", "a"), token);
        (await peer.ReceiveAsync(token)).Should().ContainSingle().Which.Should().Equal(Bytes.Text("a"));
    }

    [Test]
    public async Task Subscriber_receives_what_publisher_sends(CancellationToken token)
    {
        await using var peer = await JeromqPeer.StartAsync("XPUB", "bind", Tcp, token);
        await using var subscriber = new SubscriberSocket();
        subscriber.Subscribe([]);
        subscriber.Connect(peer.Endpoint);

        (await peer.ReceiveAsync(token)).Should().ContainSingle().Which.Should().Equal(1);
        await peer.SendAsync(token, Bytes.Text("topic"), Bytes.Text("news"));
        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("topic|news");
    }

    [Test]
    public async Task Publisher_reaches_subscriber(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        var endpoint = await publisher.BindAsync(Tcp + ":*", token);
        await using var peer = await JeromqPeer.StartAsync("SUB", "connect", endpoint, token);

        (await publisher.ReceiveAsync(token)).TakeFrames().Should().ContainSingle().Which.Should().Equal(1);
        await publisher.SendAsync(Bytes.Frames("topic", "news"), token);
        (await peer.ReceiveAsync(token)).Should().HaveCount(2);
    }

    [Test]
    public async Task Heartbeat_is_echoed(CancellationToken token)
    {
        await using var request = new RequestSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        await using var peer = await PairAsync(request, "REP", weBind: false, token);
        await request.SendAsync(Bytes.Frames("ping"), token);

        await peer.SendAsync(token, await peer.ReceiveAsync(token));
        (await request.ReceiveAsync(token)).TakeText().Should().Be("ping");
    }

    private static async Task<JeromqPeer> PairAsync(ZmtpSocket socket, string type, bool weBind, CancellationToken token, string? identity = null)
    {
        if (weBind) return await JeromqPeer.StartAsync(type, "connect", await socket.BindAsync(Tcp + ":*", token), token, identity);
        var peer = await JeromqPeer.StartAsync(type, "bind", Tcp, token, identity);
        socket.Connect(peer.Endpoint);
        return peer;
    }
}
