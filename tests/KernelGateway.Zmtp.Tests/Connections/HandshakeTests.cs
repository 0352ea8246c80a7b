using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Connections;

/// <summary>The handshake, tested against a raw peer.</summary>
[CancelAfter(30_000)]
public sealed class HandshakeTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public async Task Opening_split_in_two_at_every_byte_is_understood(CancellationToken token)
    {
        await using var router = CreateRouter();
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        // No routing id: the router could still hold the one of the previous peer.
        var opening = Bytes.Join(Bytes.Opening("DEALER"), Bytes.Message("hi"));
        for (var split = 1; split < opening.Length; split++)
        {
            using var peer = RawPeer.ConnectInproc(endpoint);
            await peer.SendAsync(opening[..split]);
            await peer.SendAsync(opening[split..]);

            (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|hi", "the split is at {0}", split);
        }
    }

    [Test]
    public async Task Opening_one_byte_at_a_time_is_understood(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        await peer.SendSplitAsync(Bytes.Join(Bytes.Opening("DEALER", "me"), Bytes.Message("hi")), chunkBytes: 1);

        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|hi");
    }

    [Test]
    public async Task Signature_and_version_come_without_waiting_and_the_rest_when_the_peers_version_is_known(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        (await peer.ReadAsync(11, token)).Should().Equal(Bytes.Greeting()[..11]);
        await peer.SendAsync(Bytes.Greeting()[..11]);
        (await peer.ReadAsync(53, token)).Should().Equal(Bytes.Greeting()[11..]);
    }

    [Test]
    public async Task Nothing_but_ready_is_written_before_the_peers_ready(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("early"), token);
        using var peer = await RawPeer.AcceptAsync(listener, token);

        await peer.SendAsync(Bytes.Greeting());
        await peer.ReadAsync(64, token);
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Ready("DEALER", string.Empty));

        // Our side closes after the invalid command. Anything that it had written after READY would be read before the end of the stream.
        await peer.SendAsync(Bytes.Command("NOPE"));
        (await peer.ReadToEndAsync(token)).Should().BeEmpty("the queued message is sent only after the peer's READY");
    }

    [Test]
    public async Task Message_queued_before_the_connection_follows_the_handshake(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("early"), token);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("ROUTER", token);

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Message("early"));
    }

    [Test]
    public async Task Long_ready_is_understood(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        byte[] metadata = [.. Bytes.Property("X-Long", Bytes.Filled(5000)), .. Bytes.Property("Socket-Type", Bytes.Text("REQ"))];

        await peer.SendAsync(Bytes.Greeting(), Bytes.Command("READY", metadata), Bytes.Message("", "q"));

        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("||q");
    }

    [TestCase(0)]
    [TestCase(10)]
    [TestCase(11)]
    [TestCase(12)]
    [TestCase(64)]
    [TestCase(70)]
    public async Task Peer_that_falls_silent_is_given_up_at_the_deadline(int bytes, CancellationToken token)
    {
        await using var router = CreateRouter();
        var log = new ConnectionLog(router);
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        await peer.SendAsync(Bytes.Opening("DEALER")[..bytes]);
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(30), token);

        _clock.Advance(TimeSpan.FromSeconds(30));

        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.HandshakeTimedOut);
        await peer.ReadToEndAsync(token);
    }

    [Test]
    public async Task Finished_connection_costs_no_timer(CancellationToken token)
    {
        await using var router = CreateRouter();
        var log = new ConnectionLog(router);
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        await peer.ShakeHandsAsync("DEALER", token);
        await log.ConnectedAsync(token);

        _clock.ActiveTimers.Should().Be(0);
    }

    [TestCase("PUB")]
    [TestCase("REQ")]
    public async Task Connector_tells_a_peer_of_the_wrong_type_and_tries_again_slowly(string peerType, CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);

        await peer.ShakeHandsAsync(peerType, token);

        System.Text.Encoding.ASCII.GetString(await peer.ReadToEndAsync(token)).Should().Contain("ERROR");
        var end = await log.NextAsync(token);
        end.Reason.Should().Be(ZmtpConnectionEndReason.ProtocolError);
        end.WillRetry.Should().BeTrue();
        (await _clock.WaitForTimerAsync(_ => true, token)).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.5));
    }

    private RouterSocket CreateRouter() => new(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
}
