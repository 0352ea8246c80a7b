using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

/// <summary>REQ and REP: envelopes, the order of send and receive, and replies that arrive late or never.</summary>
[CancelAfter(30_000)]
public sealed class RequestReplyTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public async Task Request_and_answer_may_have_empty_frames(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        await using var request = new RequestSocket(Options());
        request.Connect(await reply.BindAsync(RawPeer.FreshName(), token));

        await request.SendAsync(Bytes.Frames("", "a", ""), token);
        (await reply.ReceiveAsync(token)).TakeText().Should().Be("|a|");
        await reply.SendAsync(Bytes.Frames(""), token);
        (await request.ReceiveAsync(token)).TakeText().Should().Be("");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(10)]
    public async Task Envelope_comes_back_in_front_of_the_answer(int addresses, CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        using var peer = RawPeer.ConnectInproc(await reply.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);
        string[] envelope = [.. Enumerable.Range(1, addresses).Select(i => $"hop {i}"), ""];

        await peer.SendAsync(Bytes.Message([.. envelope, "q", "", "r"]));
        (await reply.ReceiveAsync(token)).TakeText().Should().Be("q||r");
        await reply.SendAsync(Bytes.Frames("a", ""), token);

        var expected = Bytes.Message([.. envelope, "a", ""]);
        (await peer.ReadAsync(expected.Length, token)).Should().Equal(expected);
    }

    [Test]
    public async Task Requests_without_delimiter_or_body_are_dropped(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        using var peer = RawPeer.ConnectInproc(await reply.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);

        await peer.SendAsync(Bytes.Message("no delimiter"), Bytes.Message(""), Bytes.Message("a", ""), Bytes.Message("", "good"));

        (await reply.ReceiveAsync(token)).TakeText().Should().Be("good");
    }

    [Test]
    public async Task Turns_are_kept_on_both_sides(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        await using var request = new RequestSocket(Options());
        request.Connect(await reply.BindAsync(RawPeer.FreshName(), token));

        await FluentActions.Awaiting(() => request.ReceiveAsync(token).AsTask()).Should().ThrowAsync<InvalidOperationException>();
        await FluentActions.Awaiting(() => reply.SendAsync(Bytes.Frames("x"), token).AsTask()).Should().ThrowAsync<InvalidOperationException>();
        await request.SendAsync(Bytes.Frames("1"), token);
        await FluentActions.Awaiting(() => request.SendAsync(Bytes.Frames("2"), token).AsTask()).Should().ThrowAsync<InvalidOperationException>();
        (await reply.ReceiveAsync(token)).TakeText().Should().Be("1");
        await FluentActions.Awaiting(() => reply.ReceiveAsync(token).AsTask()).Should().ThrowAsync<InvalidOperationException>();
        await reply.SendAsync(Bytes.Frames("1!"), token);
        (await request.ReceiveAsync(token)).TakeText().Should().Be("1!");
        await request.SendAsync(Bytes.Frames("2"), token);
        (await reply.ReceiveAsync(token)).TakeText().Should().Be("2");
    }

    [Test]
    public async Task Cancelled_receive_leaves_the_answer_for_the_next(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        await using var request = new RequestSocket(Options());
        request.Connect(await reply.BindAsync(RawPeer.FreshName(), token));
        await request.SendAsync(Bytes.Frames("1"), token);
        using var cancellation = new CancellationTokenSource();
        var receiving = request.ReceiveAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => receiving).Should().ThrowAsync<OperationCanceledException>();
        (await reply.ReceiveAsync(token)).Dispose();
        await reply.SendAsync(Bytes.Frames("1!"), token);

        (await request.ReceiveAsync(token)).TakeText().Should().Be("1!");
    }

    [Test]
    public async Task Cancelled_send_lets_the_next_request_go(CancellationToken token)
    {
        await using var request = new RequestSocket(Options());
        using var cancellation = new CancellationTokenSource();
        var sending = request.SendAsync(Bytes.Frames("never"), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => sending).Should().ThrowAsync<OperationCanceledException>();

        await using var reply = new ReplySocket(Options());
        request.Connect(await reply.BindAsync(RawPeer.FreshName(), token));
        await request.SendAsync(Bytes.Frames("now"), token);

        (await reply.ReceiveAsync(token)).TakeText().Should().Be("now");
    }

    [TestCase("single")]
    [TestCase("not empty", "x")]
    public async Task Answer_without_delimiter_ends_the_connection(params string[] answer)
    {
        var token = TestContext.CurrentContext.CancellationToken;
        await using var request = new RequestSocket(Options());
        var log = new ConnectionLog(request);
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        request.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("REP", token);
        await request.SendAsync(Bytes.Frames("q"), token);
        await peer.ReadFrameAsync(token);

        await peer.SendAsync(Bytes.Message(answer));

        (await log.EndedAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.ProtocolError);
    }

    [Test]
    public async Task Late_and_unexpected_answers_are_dropped(CancellationToken token)
    {
        await using var request = new RequestSocket(Options());
        var endpoint = RawPeer.FreshName();
        await using var listener = RawPeer.Listen(endpoint);
        request.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        await peer.ShakeHandsAsync("REP", token);
        await peer.SendAsync(Bytes.Message("", "nobody asked"), Bytes.Command("PING", 0, 0));
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("PONG"));

        await request.SendAsync(Bytes.Frames("q"), token);
        await peer.ReadFrameAsync(token);
        await peer.ReadFrameAsync(token);
        await peer.SendAsync(Bytes.Message("", "answer"), Bytes.Message("", "answer again"));

        (await request.ReceiveAsync(token)).TakeText().Should().Be("answer");
        await peer.SendAsync(Bytes.Command("PING", 0, 0));
        await peer.ReadFrameAsync(token);
        await request.SendAsync(Bytes.Frames("q2"), token);
        await peer.SendAsync(Bytes.Message("", "second"));
        (await request.ReceiveAsync(token)).TakeText().Should().Be("second");
    }

    [Test]
    public async Task Request_made_while_disconnected_is_answered_after_the_reconnect(CancellationToken token)
    {
        await using var request = new RequestSocket(Options());
        var log = new ConnectionLog(request);
        var endpoint = RawPeer.FreshName();
        request.Connect(endpoint);
        await log.NextAsync(token);
        await request.SendAsync(Bytes.Frames("q"), token);
        await using var reply = new ReplySocket(Options());
        await reply.BindAsync(endpoint, token);

        _clock.Advance(await _clock.WaitForTimerAsync(_ => true, token));

        (await reply.ReceiveAsync(token)).TakeText().Should().Be("q");
        await reply.SendAsync(Bytes.Frames("a"), token);
        (await request.ReceiveAsync(token)).TakeText().Should().Be("a");
    }

    [Test]
    public async Task Answer_to_a_disconnected_requester_is_dropped_and_the_next_request_is_served(CancellationToken token)
    {
        await using var reply = new ReplySocket(Options());
        var log = new ConnectionLog(reply);
        var endpoint = await reply.BindAsync(RawPeer.FreshName(), token);
        using (var gone = RawPeer.ConnectInproc(endpoint))
        {
            await gone.ShakeHandsAsync("REQ", token);
            await gone.SendAsync(Bytes.Message("", "q1"));
            (await reply.ReceiveAsync(token)).TakeText().Should().Be("q1");
        }

        await log.EndedAsync(token);
        await reply.SendAsync(Bytes.Frames("to nobody"), token);
        using var peer = RawPeer.ConnectInproc(endpoint);
        await peer.ShakeHandsAsync("REQ", token);
        await peer.SendAsync(Bytes.Message("", "q2"));

        (await reply.ReceiveAsync(token)).TakeText().Should().Be("q2");
    }

    private ZmtpSocketOptions Options() => new() { TimeProvider = _clock, Linger = TimeSpan.Zero };
}
