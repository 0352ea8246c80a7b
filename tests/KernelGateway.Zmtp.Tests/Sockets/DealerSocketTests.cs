using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

[CancelAfter(60_000)]
public sealed class DealerSocketTests
{
    [Test]
    [Category("Slow")]
    public async Task Messages_of_many_senders_arrive_whole_and_each_senders_in_order(
        [Values("tcp://127.0.0.1:0", "ipc://*", "inproc")] string bind, CancellationToken token)
    {
        const int Senders = 8;
        const int Messages = 500;
        await using var router = new RouterSocket();
        await using var dealer = new DealerSocket();
        dealer.Connect(await router.BindAsync(bind == "inproc" ? RawPeer.FreshName() : bind, token));
        var sending = Enumerable.Range(0, Senders).Select(sender => Task.Run(
            async () =>
            {
                for (var i = 0; i < Messages; i++)
                    await dealer.SendAsync([Bytes.Text($"{sender}"), Bytes.Text($"{i}"), Bytes.Filled(i % 7 == 0 ? 9000 : i, (byte)sender)], token);
            },
            token)).ToArray();

        var next = new int[Senders];
        for (var received = 0; received < Senders * Messages; received++)
        {
            var frames = (await router.ReceiveAsync(token)).TakeFrames();
            frames.Should().HaveCount(4);
            var sender = frames[1][0] - '0';
            var i = next[sender]++;
            frames[2].Should().Equal(Bytes.Text($"{i}"));
            frames[3].Should().HaveCount(i % 7 == 0 ? 9000 : i).And.OnlyContain(value => value == sender);
        }

        await Task.WhenAll(sending);
    }

    [Test]
    public async Task Peers_are_sent_to_in_turn(CancellationToken token)
    {
        await using var dealer = new DealerSocket();
        var log = new ConnectionLog(dealer);
        var endpoint = await dealer.BindAsync(RawPeer.FreshName(), token);
        using var first = RawPeer.ConnectInproc(endpoint);
        await first.ShakeHandsAsync("ROUTER", token);
        using var second = RawPeer.ConnectInproc(endpoint);
        await second.ShakeHandsAsync("ROUTER", token);
        await log.ConnectedAsync(token);
        await log.ConnectedAsync(token);

        for (var i = 0; i < 4; i++)
            await dealer.SendAsync(Bytes.Frames("12"), token);

        var two = Bytes.Join(Bytes.Message("12"), Bytes.Message("12"));
        (await first.ReadAsync(two.Length, token)).Should().Equal(two);
        (await second.ReadAsync(two.Length, token)).Should().Equal(two);
    }

    [TestCase("tcp://127.0.0.1:0")]
    [TestCase("ipc://*")]
    public async Task Frames_of_all_sizes_survive_a_real_transport(string bind, CancellationToken token)
    {
        await using var router = new RouterSocket();
        await using var dealer = new DealerSocket();
        dealer.Connect(await router.BindAsync(bind, token));
        var random = new Random(5);
        foreach (var size in new[] { 0, 1, 255, 256, 4096, 4097, 65_535, 65_536, 3_000_000 })
        {
            var body = new byte[size];
            random.NextBytes(body);
            await dealer.SendAsync([body, Bytes.Text("mid"), body], token);

            var frames = (await router.ReceiveAsync(token)).TakeFrames();
            await router.SendAsync([frames[0], frames[1], frames[2], frames[3]], token);
            var back = (await dealer.ReceiveAsync(token)).TakeFrames();

            back[0].AsSpan().SequenceEqual(body).Should().BeTrue("{0} bytes return unchanged", size);
            back[2].AsSpan().SequenceEqual(body).Should().BeTrue("{0} bytes return unchanged", size);
        }
    }

    [Test]
    public async Task Cancelled_receive_loses_no_message(CancellationToken token)
    {
        await using var dealer = new DealerSocket();
        using var peer = RawPeer.ConnectInproc(await dealer.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);
        var received = new List<int>();
        var sending = Task.Run(
            async () =>
            {
                for (var i = 0; i < 300; i++)
                    await peer.SendAsync(Bytes.Message($"{i}"));
            },
            token);

        while (received.Count < 300)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
            var receiving = dealer.ReceiveAsync(cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            try
            {
                received.Add(int.Parse((await receiving).TakeText()));
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                received.Add(int.Parse((await dealer.ReceiveAsync(token)).TakeText()));
            }
        }

        await sending;
        received.Should().Equal(Enumerable.Range(0, 300));
    }

    [Test]
    public async Task Several_receives_may_be_pending_and_are_served_in_order(CancellationToken token)
    {
        await using var dealer = new DealerSocket();
        var receiving = Enumerable.Range(0, 5).Select(_ => dealer.ReceiveAsync(token).AsTask()).ToArray();
        using var peer = RawPeer.ConnectInproc(await dealer.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);

        for (var i = 0; i < 5; i++)
            await peer.SendAsync(Bytes.Message($"{i}"));

        (await Task.WhenAll(receiving)).Select(message => message.TakeText()).Should().Equal("0", "1", "2", "3", "4");
    }

    [Test]
    public async Task Message_without_frames_is_refused(CancellationToken token)
    {
        await using var dealer = new DealerSocket();

        await FluentActions.Awaiting(() => dealer.SendAsync([], token).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public void Routing_id_that_begins_with_zero_or_is_too_long_is_refused()
    {
        FluentActions.Invoking(() => new DealerSocket(new ZmtpSocketOptions { RoutingId = new byte[] { 0, 1 } })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new DealerSocket(new ZmtpSocketOptions { RoutingId = Bytes.Filled(256) })).Should().Throw<ArgumentException>();
    }
}
