using FluentAssertions;
using KernelGateway.Zmtp.Connections;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Connections;

[CancelAfter(30_000)]
public sealed class ReconnectTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public void Waits_double_up_to_the_maximum_with_a_random_part()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));

        foreach (var interval in new[] { 10, 20, 40, 50, 50 })
            backoff.Next().TotalMilliseconds.Should().BeInRange(interval / 2.0, interval);
        backoff.Reset();
        backoff.Next().TotalMilliseconds.Should().BeInRange(5, 10);
        backoff.Longest().TotalMilliseconds.Should().BeInRange(25, 50);
    }

    [Test]
    public void Waits_are_not_all_the_same()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

        Enumerable.Range(0, 20).Select(_ => backoff.Next()).Distinct().Should().HaveCountGreaterThan(1);
    }

    [Test]
    public async Task Absent_peer_is_tried_until_it_is_there(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var dealer = new DealerSocket(Options());
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        foreach (var interval in new[] { 10, 20, 40, 80, 160, 320, 640, 1000, 1000 })
        {
            var failure = await log.NextAsync(token);
            failure.Reason.Should().Be(ZmtpConnectionEndReason.ConnectFailed);
            failure.WillRetry.Should().BeTrue();
            failure.Change.Should().Be(ZmtpConnectionChange.Failed);
            failure.Endpoint.Should().Be(endpoint);
            var wait = await _clock.WaitForTimerAsync(_ => true, token);
            wait.TotalMilliseconds.Should().BeInRange((interval / 2.0) - 1, interval + 1);
            _clock.Advance(wait);
        }

        await log.NextAsync(token);
        var lastWait = await _clock.WaitForTimerAsync(_ => true, token);
        await using var listener = RawPeer.Listen(endpoint);
        _clock.Advance(lastWait);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("ROUTER", token);

        (await log.NextAsync(token)).Change.Should().Be(ZmtpConnectionChange.Connected);
    }

    [Test]
    public async Task Lost_connection_is_reported_and_made_again(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(Options());
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        using (var first = await RawPeer.AcceptAsync(listener, token))
        {
            await first.ShakeHandsAsync("ROUTER", token);
            (await log.NextAsync(token)).Change.Should().Be(ZmtpConnectionChange.Connected);
        }

        var end = await log.NextAsync(token);
        end.Change.Should().Be(ZmtpConnectionChange.Lost);
        end.Reason.Should().BeOneOf(ZmtpConnectionEndReason.PeerClosed, ZmtpConnectionEndReason.TransportFailed);
        end.WillRetry.Should().BeTrue();
        await AdvanceToRetryAsync(token);
        using var second = await RawPeer.AcceptAsync(listener, token);
        await second.ShakeHandsAsync("ROUTER", token);
        await dealer.SendAsync(Bytes.Frames("again"), token);
        (await second.ReadFrameAsync(token)).Should().Equal(Bytes.Message("again"));
    }

    [Test]
    public async Task Messages_sent_while_disconnected_are_kept_in_order(CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(Options());
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        using (var first = await RawPeer.AcceptAsync(listener, token))
            await first.ShakeHandsAsync("ROUTER", token);
        await log.EndedAsync(token);
        await dealer.SendAsync(Bytes.Frames("1"), token);
        await dealer.SendAsync(Bytes.Frames("2", "2"), token);

        await AdvanceToRetryAsync(token);
        using var second = await RawPeer.AcceptAsync(listener, token);
        await second.ShakeHandsAsync("ROUTER", token);

        var expected = Bytes.Join(Bytes.Message("1"), Bytes.Message("2", "2"));
        (await second.ReadAsync(expected.Length, token)).Should().Equal(expected);
    }

    [TestCase((byte)0)]
    [TestCase((byte)1)]
    public async Task Subscriptions_are_sent_again_at_once_each_topic_once_in_byte_order(byte minor, CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var subscriber = new SubscriberSocket(Options());
        foreach (var topic in new[] { "b", "a", "", "b", "ab", "gone" })
            subscriber.Subscribe(Bytes.Text(topic));
        subscriber.Unsubscribe("gone"u8);
        subscriber.Connect(endpoint);
        for (var round = 0; round < 3; round++)
        {
            if (round > 0) await AdvanceToRetryAsync(token);
            using var peer = await RawPeer.AcceptAsync(listener, token);
            await peer.ShakeHandsAsync("XPUB", token, minor: minor);

            foreach (var topic in new[] { "", "a", "ab", "b" })
            {
                var expected = minor == 0 ? Bytes.Message("\u0001" + topic) : Bytes.Command("SUBSCRIBE", Bytes.Text(topic));
                (await peer.ReadFrameAsync(token)).Should().Equal(expected, "in round {0}", round);
            }
        }
    }

    [TestCase(1, TestName = "Cut_in_a_header")]
    [TestCase(9, TestName = "Cut_in_a_body")]
    [TestCase(7, TestName = "Cut_between_two_frames")]
    public async Task Message_cut_off_leaves_nothing_and_the_complete_ones_stay(int bytes, CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        await using var dealer = new DealerSocket(Options());
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        using (var first = await RawPeer.AcceptAsync(listener, token))
        {
            await first.ShakeHandsAsync("ROUTER", token);
            await first.SendAsync(Bytes.Message("whole", "1"), Bytes.Message("first", "second")[..bytes]);
        }

        (await log.EndedAsync(token)).Change.Should().Be(ZmtpConnectionChange.Lost);
        await AdvanceToRetryAsync(token);
        using var second = await RawPeer.AcceptAsync(listener, token);
        await second.ShakeHandsAsync("ROUTER", token);
        await second.SendAsync(Bytes.Message("whole", "2"));

        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("whole|1");
        (await dealer.ReceiveAsync(token)).TakeText().Should().Be("whole|2");
    }

    [Test]
    public async Task Second_connect_to_the_same_endpoint_changes_nothing(CancellationToken token)
    {
        await using var publisher = new XPublisherSocket(Options());
        var endpoint = await publisher.BindAsync(RawPeer.FreshName(), token);
        await using var subscriber = new SubscriberSocket(Options());
        subscriber.Subscribe(default);
        subscriber.Connect(endpoint);
        subscriber.Connect(endpoint);
        (await publisher.ReceiveAsync(token)).TakeText().Should().Be("\u0001");

        await publisher.SendAsync(Bytes.Frames("once"), token);
        await publisher.SendAsync(Bytes.Frames("end"), token);

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("once");
        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("end");
    }

    [Test]
    public async Task Handler_that_throws_does_not_disturb_the_connection(CancellationToken token)
    {
        await using var router = new RouterSocket(Options());
        router.ConnectionChanged += _ => throw new InvalidOperationException("a handler's failure");
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));

        await peer.ShakeHandsAsync("DEALER", token, "me");
        await peer.SendAsync(Bytes.Message("hi"));

        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|hi");
    }

    private ZmtpSocketOptions Options() => new() { TimeProvider = _clock, Linger = TimeSpan.Zero };

    private async Task AdvanceToRetryAsync(CancellationToken token) =>
        _clock.Advance(await _clock.WaitForTimerAsync(wait => wait <= TimeSpan.FromSeconds(1), token));
}
