using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Connections;

/// <summary>Peers that speak ZMTP 2.0: nothing is sent that they would misread before the version is known.</summary>
[CancelAfter(30_000)]
public sealed class Version2Tests
{
    private const byte Pub = 1;
    private const byte Dealer = 5;
    private const byte Router = 6;

    [Test]
    public async Task Dealer_tells_its_type_and_routing_id_and_talks(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me"), Linger = TimeSpan.Zero });
        dealer.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);

        (await peer.ReadAsync(11, token)).Should().Equal(Bytes.Greeting()[..11]);
        await peer.SendAsync(Bytes.Opening2(Router));
        (await peer.ReadAsync(5, token)).Should().Equal(Bytes.Hex("0500026d65"));
        await dealer.SendAsync(Bytes.Frames("a", ""), token);
        (await peer.ReadAsync(5, token)).Should().Equal(Bytes.Message("a", ""));
        await peer.SendAsync(Bytes.Message("b"));
        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("b");
    }

    [Test]
    public async Task Router_accepts_one_byte_at_a_time(CancellationToken token)
    {
        await using var router = new RouterSocket();
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        await peer.SendSplitAsync(Bytes.Join(Bytes.Opening2(Dealer, "them"), Bytes.Message("hi")), chunkBytes: 1);

        (await router.ReceiveAsync(token)).TakeText().Should().Be("them|hi");
    }

    [Test]
    public async Task Subscriber_subscribes_by_a_message(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var subscriber = new SubscriberSocket();
        subscriber.Subscribe(Bytes.Text("to"));
        subscriber.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.SendAsync(Bytes.Opening2(Pub));

        await peer.ReadAsync(11, token);
        (await peer.ReadAsync(3, token)).Should().Equal(Bytes.Hex("020000"));
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Message("\u0001to"));
    }

    [Test]
    public async Task Peer_of_the_wrong_type_is_refused_without_a_command(CancellationToken token)
    {
        await using var router = new RouterSocket();
        var log = new ConnectionLog(router);
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        await peer.SendAsync(Bytes.Opening2(Pub));

        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.ProtocolError);
        (await peer.ReadToEndAsync(token)).Should().HaveCount(14, "version 2.0 has no ERROR");
    }

    [Test]
    public async Task Command_ends_the_connection(CancellationToken token)
    {
        await using var router = new RouterSocket();
        var log = new ConnectionLog(router);
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        await peer.SendAsync(Bytes.Opening2(Dealer));
        await log.ConnectedAsync(token);

        await peer.SendAsync(Bytes.Command("PING", 0, 0));

        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.ProtocolError);
    }
}
