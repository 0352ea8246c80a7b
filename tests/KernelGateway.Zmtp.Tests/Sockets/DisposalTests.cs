using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

[CancelAfter(30_000)]
public sealed class DisposalTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public async Task Pending_receive_and_send_end_with_the_socket(CancellationToken token)
    {
        var dealer = new DealerSocket(Options(TimeSpan.Zero));
        var receiving = dealer.ReceiveAsync(token).AsTask();
        var sending = dealer.SendAsync(Bytes.Frames("x"), token).AsTask();

        await dealer.DisposeAsync();

        await FluentActions.Awaiting(() => receiving).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => sending).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Every_member_of_a_disposed_socket_throws(CancellationToken token)
    {
        var dealer = new DealerSocket(Options(TimeSpan.Zero));
        await dealer.DisposeAsync();
        await dealer.DisposeAsync();

        await FluentActions.Awaiting(() => dealer.ReceiveAsync(token).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => dealer.SendAsync(Bytes.Frames("x"), token).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => dealer.BindAsync(RawPeer.FreshName(), token)).Should().ThrowAsync<ObjectDisposedException>();
        FluentActions.Invoking(() => dealer.Connect(RawPeer.FreshName())).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task Disposing_from_two_places_at_once_waits_in_both(CancellationToken token)
    {
        var dealer = new DealerSocket(Options(TimeSpan.Zero));
        var endpoint = await dealer.BindAsync(RawPeer.FreshName(), token);
        using var peer = RawPeer.ConnectInproc(endpoint);
        await peer.ShakeHandsAsync("DEALER", token);

        await Task.WhenAll(Task.Run(async () => await dealer.DisposeAsync(), token), Task.Run(async () => await dealer.DisposeAsync(), token));

        (await peer.ReadToEndAsync(token)).Should().BeEmpty();
        FluentActions.Invoking(() => RawPeer.ConnectInproc(endpoint)).Should().Throw<SocketException>();
    }

    [Test]
    public async Task Socket_that_is_connecting_is_disposed_without_waiting_for_the_network(CancellationToken token)
    {
        // With a full backlog the system does not answer further connection attempts.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var sockets = Enumerable.Range(0, 4).Select(_ => new DealerSocket(Options(TimeSpan.Zero))).ToList();
        foreach (var socket in sockets)
            socket.Connect($"tcp://{listener.LocalEndPoint}");

        foreach (var socket in sockets)
            await socket.DisposeAsync().AsTask().WaitAsync(token);
    }

    [Test]
    public async Task Socket_that_waits_to_connect_again_is_disposed_at_once(CancellationToken token)
    {
        var dealer = new DealerSocket(Options(TimeSpan.Zero));
        dealer.Connect(RawPeer.FreshName());
        await _clock.WaitForTimerAsync(_ => true, token);

        await dealer.DisposeAsync().AsTask().WaitAsync(token);

        _clock.ActiveTimers.Should().Be(0);
    }

    [Test]
    public async Task Socket_in_the_middle_of_a_handshake_is_disposed_at_once(CancellationToken token)
    {
        var router = new RouterSocket(Options(TimeSpan.Zero));
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        await peer.SendAsync(Bytes.Greeting());
        await peer.ReadAsync(64, token);

        await router.DisposeAsync().AsTask().WaitAsync(token);

        await peer.ReadToEndAsync(token);
        _clock.ActiveTimers.Should().Be(0);
    }

    [Test]
    public async Task Without_linger_unsent_messages_are_dropped_at_once(CancellationToken token)
    {
        var dealer = new DealerSocket(Options(TimeSpan.Zero));
        dealer.Connect(RawPeer.FreshName());
        await dealer.SendAsync(Bytes.Frames("x"), token);

        await dealer.DisposeAsync().AsTask().WaitAsync(token);
    }

    [Test]
    public async Task Linger_ends_when_its_time_is_up(CancellationToken token)
    {
        var linger = TimeSpan.FromSeconds(77);
        var dealer = new DealerSocket(Options(linger));
        dealer.Connect(RawPeer.FreshName());
        await dealer.SendAsync(Bytes.Frames("x"), token);

        var disposing = dealer.DisposeAsync().AsTask();
        await _clock.WaitForTimerAsync(linger, token);
        disposing.IsCompleted.Should().BeFalse();
        _clock.Advance(linger);

        await disposing.WaitAsync(token);
    }

    [TestCase(1000)]
    [TestCase(-1)]
    public async Task Lingering_socket_still_connects_and_delivers(int lingerMilliseconds, CancellationToken token)
    {
        var endpoint = RawPeer.FreshName();
        var dealer = new DealerSocket(Options(TimeSpan.FromMilliseconds(lingerMilliseconds)));
        var log = new ConnectionLog(dealer);
        dealer.Connect(endpoint);
        await log.NextAsync(token);
        for (var i = 0; i < 100; i++)
            await dealer.SendAsync(Bytes.Frames($"{i}"), token);
        var retry = await _clock.WaitForTimerAsync(_ => true, token);
        var disposing = dealer.DisposeAsync().AsTask();

        await using var router = new RouterSocket();
        await router.BindAsync(endpoint, token);
        _clock.Advance(retry);

        for (var i = 0; i < 100; i++)
            (await router.ReceiveAsync(token)).TakeText().Should().EndWith($"|{i}");
        await disposing.WaitAsync(token);
    }

    [TestCase("tcp://127.0.0.1:0")]
    [TestCase("ipc://*")]
    public async Task Sent_messages_arrive_although_input_was_not_read(string bind, CancellationToken token)
    {
        await using var router = new RouterSocket();
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Text("me"), ReceiveHighWaterMark = 1 });
        var endpoint = await router.BindAsync(bind, token);
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("hello"), token);
        (await router.ReceiveAsync(token)).Dispose();
        for (var i = 0; i < 50; i++)
            await router.SendAsync([Bytes.Text("me"), Bytes.Filled(1000)], token);
        for (var i = 0; i < 100; i++)
            await dealer.SendAsync(Bytes.Frames($"{i}"), token);

        await dealer.DisposeAsync();

        for (var i = 0; i < 100; i++)
            (await router.ReceiveAsync(token)).TakeText().Should().Be($"me|{i}");
    }

    [Test]
    public async Task Event_of_the_sockets_own_disposal_names_the_reason(CancellationToken token)
    {
        var router = new RouterSocket(Options(TimeSpan.Zero));
        var log = new ConnectionLog(router);
        using var peer = RawPeer.ConnectInproc(await router.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);
        await log.ConnectedAsync(token);

        await router.DisposeAsync();

        var end = await log.NextAsync(token);
        end.Reason.Should().Be(ZmtpConnectionEndReason.Disposed);
        end.Change.Should().Be(ZmtpConnectionChange.Lost);
        end.WillRetry.Should().BeFalse();
    }

    private ZmtpSocketOptions Options(TimeSpan linger) => new() { TimeProvider = _clock, Linger = linger };
}
