using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Connections;

[CancelAfter(30_000)]
public sealed class HeartbeatTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly byte[] Ping = Bytes.Command("PING", 0, 30);
    private static readonly byte[] Pong = Bytes.Command("PONG");

    private readonly ManualClock _clock = new();

    [Test]
    public async Task Ping_comes_every_interval_and_pong_keeps_the_connection(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = await ConnectAsync(router, token);
        for (var round = 0; round < 3; round++)
        {
            _clock.Advance(Interval - (round == 0 ? TimeSpan.Zero : Patience));
            (await peer.ReadFrameAsync(token)).Should().Equal(Ping);
            await peer.SendAsync(Pong, Bytes.Message($"{round}"));
            (await router.ReceiveAsync(token)).TakeText().Should().Be($"me|{round}");
            _clock.Advance(Patience);
        }

        await AssertAliveAsync(router, peer, token);
    }

    [Test]
    public async Task Silence_after_a_ping_ends_the_connection(CancellationToken token)
    {
        await using var router = CreateRouter();
        var log = new ConnectionLog(router);
        using var peer = await ConnectAsync(router, token);
        await log.ConnectedAsync(token);
        _clock.Advance(Interval);
        await peer.ReadFrameAsync(token);

        _clock.Advance(Patience);

        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.HeartbeatTimedOut);
        (await peer.ReadToEndAsync(token)).Should().BeEmpty();
        _clock.ActiveTimers.Should().Be(0);
    }

    [Test]
    public async Task Traffic_is_as_good_as_a_pong(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = await ConnectAsync(router, token);
        _clock.Advance(Interval);
        await peer.ReadFrameAsync(token);

        // A part of a large frame also proves that the peer is alive.
        await peer.SendAsync(Bytes.Message("traffic"), Bytes.Frame(0, Bytes.Filled(60_000))[..30_000]);
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|traffic");
        _clock.Advance(Patience);

        await peer.SendAsync(Bytes.Filled(30_009));
        (await router.ReceiveAsync(token)).TakeFrames()[1].Should().HaveCount(60_000);
    }

    [Test]
    public async Task Peer_of_minor_0_is_never_pinged(CancellationToken token)
    {
        await using var router = CreateRouter();
        using var peer = await ConnectAsync(router, token, minor: 0);

        _clock.ActiveTimers.Should().Be(0);
        _clock.Advance(Interval * 10);

        await AssertAliveAsync(router, peer, token);
    }

    [Test]
    public async Task Time_to_live_of_the_peer_ends_a_silent_connection(CancellationToken token)
    {
        await using var router = new RouterSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        var log = new ConnectionLog(router);
        using var peer = await ConnectAsync(router, token);
        await log.ConnectedAsync(token);
        await peer.SendAsync(Ping);
        (await peer.ReadFrameAsync(token)).Should().Equal(Pong);
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(3), token);

        _clock.Advance(TimeSpan.FromSeconds(3));

        (await log.NextAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.HeartbeatTimedOut);
        await peer.ReadToEndAsync(token);
    }

    [Test]
    public async Task Anything_that_follows_a_ping_stops_its_time_to_live(CancellationToken token)
    {
        await using var router = new RouterSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        using var peer = await ConnectAsync(router, token);
        await peer.SendAsync(Ping);
        await peer.ReadFrameAsync(token);
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(3), token);
        await AssertAliveAsync(router, peer, token);

        _clock.Advance(TimeSpan.FromSeconds(30));

        await AssertAliveAsync(router, peer, token);
    }

    [Test]
    public async Task Connection_we_do_not_read_is_not_blamed_for_its_silence(CancellationToken token)
    {
        await using var router = CreateRouter(receiveHighWaterMark: 1);
        using var peer = await ConnectAsync(router, token);
        await peer.SendAsync(Bytes.Message("1"), Bytes.Message("2"), Bytes.Message("3"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|1");
        _clock.Advance(Interval);
        (await peer.ReadFrameAsync(token)).Should().Equal(Ping);

        _clock.Advance(Patience);

        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|2");
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|3");
        await AssertAliveAsync(router, peer, token);
    }

    [TestCase("", "")]
    [TestCase("abc", "abc")]
    [TestCase("0123456789abcdef", "0123456789abcdef")]
    [TestCase("0123456789abcdefG", "0123456789abcdef")]
    public async Task Ping_is_answered_with_its_context(string context, string echoed, CancellationToken token)
    {
        await using var router = new RouterSocket(new ZmtpSocketOptions { TimeProvider = _clock, Linger = TimeSpan.Zero });
        using var peer = await ConnectAsync(router, token);

        await peer.SendAsync(Bytes.Command("PING", [0, 0, .. Bytes.Text(context)]));

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("PONG", Bytes.Text(echoed)));
    }

    private static async Task AssertAliveAsync(RouterSocket router, RawPeer peer, CancellationToken token)
    {
        await peer.SendAsync(Bytes.Message("alive"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|alive");
    }

    private RouterSocket CreateRouter(int receiveHighWaterMark = 1000) => new(new ZmtpSocketOptions
    {
        TimeProvider = _clock,
        Linger = TimeSpan.Zero,
        HeartbeatInterval = Interval,
        HeartbeatTimeout = Patience,
        HeartbeatTtl = TimeSpan.FromSeconds(3),
        ReceiveHighWaterMark = receiveHighWaterMark,
    });

    private async Task<RawPeer> ConnectAsync(RouterSocket router, CancellationToken token, byte minor = 1)
    {
        var log = new ConnectionLog(router);
        var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token, "me", minor);
        await log.ConnectedAsync(token);

        // The heartbeat starts shortly after the event. A message that is received proves that it has started.
        await AssertAliveAsync(router, peer, token);
        return peer;
    }
}
