using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>Replays the recorded bytes of libzmq's connecting sockets against our binding sockets.</summary>
public sealed class BinderReplayTests
{
    [Test]
    [CancelAfter(20_000)]
    public async Task Binder_writes_the_bytes_of_libzmq_and_reads_its_input(
        [Values("dealer-router", "dealer-router-anonymous", "req-rep", "req-router", "dealer-rep", "sub-xpub", "sub-pub", "xsub-xpub",
            "heartbeat", "ping-context")]
        string name,
        CancellationToken token)
    {
        var exchange = RecordedExchange.Load()[name];
        await using var socket = Create(exchange.Binder);
        var endpoint = await socket.BindAsync(RawPeer.FreshName(), token);
        using var peer = RawPeer.ConnectInproc(endpoint);
        byte[] routingId = [];
        var topics = new HashSet<string>();
        var compared = 0;

        foreach (var unit in exchange.Units)
        {
            if (unit.FromConnector)
            {
                await peer.SendAsync(unit.Bytes);
                if (socket is XPublisherSocket xpub) await ReceiveUpstreamAsync(xpub, unit, topics, token);
                else if (socket is PublisherSocket && unit.CommandName == "SUBSCRIBE") await SettleAsync(peer, token);
                else if (unit.Frames is not null && unit.Frames.Any(frame => frame.Length == 0 || socket is RouterSocket))
                    routingId = await ReceiveAsync(socket, unit.Frames, token);
                continue;
            }

            if (unit.Frames is not null) await SendAsync(socket, unit.Frames, routingId, token);
            var written = await peer.ReadAsync(unit.Bytes.Length, token);
            Comparable(written, compared).Should().Equal(Comparable(unit.Bytes, compared), "unit {0} was recorded like this", unit.CommandName);
            compared += written.Length;
        }

        compared.Should().BeGreaterThan(64);
    }

    private static ZmtpSocket Create(string type)
    {
        var options = new ZmtpSocketOptions { TimeProvider = new ManualClock(), Linger = TimeSpan.Zero };
        return type switch
        {
            "ROUTER" => new RouterSocket(options),
            "REP" => new ReplySocket(options),
            "PUB" => new PublisherSocket(options),
            "XPUB" => new XPublisherSocket(options),
            _ => throw new ArgumentException(type),
        };
    }

    // A publisher does not report when it has processed a subscription. It answers a PING only after the bytes before it.
    private static async Task SettleAsync(RawPeer peer, CancellationToken token)
    {
        await peer.SendAsync(Bytes.Command("PING", 0, 0));
        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("PONG"));
    }

    private static async Task ReceiveUpstreamAsync(XPublisherSocket socket, RecordedUnit unit, HashSet<string> topics, CancellationToken token)
    {
        byte[]? change = unit switch
        {
            { CommandName: "SUBSCRIBE" } => [1, .. unit.CommandData],
            { CommandName: "CANCEL" } => [0, .. unit.CommandData],
            { Frames: [var only] } => only,
            _ => null,
        };
        if (change is null) return;
        var topic = Convert.ToHexString(change.AsSpan(1));
        if (change[0] == 1 && !topics.Add(topic)) return;
        if (change[0] == 0) topics.Remove(topic).Should().BeTrue();
        (await socket.ReceiveAsync(token)).TakeFrames().Should().ContainSingle().Which.Should().Equal(change);
    }

    private static async Task<byte[]> ReceiveAsync(ZmtpSocket socket, byte[][] frames, CancellationToken token)
    {
        if (socket is RouterSocket router)
        {
            var received = (await router.ReceiveAsync(token)).TakeFrames();
            received[1..].Should().BeEquivalentTo(frames, options => options.WithStrictOrdering());
            return received[0];
        }

        var delimiter = Array.FindIndex(frames, frame => frame.Length == 0);
        (await ((ReplySocket)socket).ReceiveAsync(token)).TakeFrames().Should()
            .BeEquivalentTo(frames[(delimiter + 1)..], options => options.WithStrictOrdering());
        return [];
    }

    private static async Task SendAsync(ZmtpSocket socket, byte[][] frames, byte[] routingId, CancellationToken token)
    {
        var memories = frames.Select(frame => (ReadOnlyMemory<byte>)frame).ToList();
        switch (socket)
        {
            case RouterSocket router:
                await router.SendAsync([routingId, .. memories], token);
                break;
            case ReplySocket reply:
                var delimiter = Array.FindIndex(frames, frame => frame.Length == 0);
                await reply.SendAsync(memories[(delimiter + 1)..], token);
                break;
            case PublisherSocket publisher:
                await publisher.SendAsync(memories, token);
                break;
            case XPublisherSocket publisher:
                await publisher.SendAsync(memories, token);
                break;
        }
    }

    private static byte[] Comparable(byte[] bytes, int offset) =>
        [.. bytes.Select((value, i) => offset + i is >= 1 and <= 8 ? (byte)0 : value)];
}
