using FluentAssertions;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>Replays the recorded bytes of the binding sockets of libzmq and Deno against our connecting sockets.</summary>
public sealed class ConnectorReplayTests
{
    private const string Interval = "00:00:00.2000000";

    [Test]
    [CancelAfter(20_000)]
    public async Task Connector_writes_the_bytes_of_libzmq_and_reads_its_input(
        [Values("dealer-router", "dealer-router-anonymous", "req-rep", "req-router", "dealer-rep", "sub-xpub", "sub-pub",
            "sub-to-raw-pub-3.0", "sub-to-raw-pub-3.1", "heartbeat", "deno-heartbeat", "deno-shell", "deno-iopub", "deno-control", "deno-stdin")]
        string name,
        CancellationToken token)
    {
        var exchange = RecordedExchange.Load()[name];
        var endpoint = RawPeer.FreshName();
        var clock = new ManualClock();
        await using var listener = RawPeer.Listen(endpoint);
        await using var socket = Create(exchange, clock);
        socket.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);
        var topics = new List<string>();
        var compared = 0;

        foreach (var unit in exchange.Units)
        {
            if (!unit.FromConnector)
            {
                await peer.SendAsync(unit.Bytes);
                if (unit.Frames is not null) await ReceiveAsync(socket, unit.Frames, token);
                continue;
            }

            // The clients of the Deno recordings send a PING at the end. Our sockets never send one to a ZMTP 3.0 peer.
            if (unit.CommandName == "PING" && !name.StartsWith("heartbeat", StringComparison.Ordinal)) break;
            if (!await ActAsync(socket, unit, topics, clock, token)) continue;
            var written = await peer.ReadAsync(unit.Bytes.Length, token);
            Comparable(written, compared).Should().Equal(Comparable(unit.Bytes, compared), "unit {0} was recorded like this", unit.CommandName);
            compared += written.Length;
        }

        compared.Should().BeGreaterThan(64);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Error_in_place_of_ready_ends_the_endpoint_for_good(CancellationToken token)
    {
        var exchange = RecordedExchange.Load()["null-zap-400"];
        var endpoint = RawPeer.FreshName();
        var clock = new ManualClock();
        await using var listener = RawPeer.Listen(endpoint);
        await using var socket = Create(exchange, clock);
        var log = new ConnectionLog(socket);
        socket.Connect(endpoint);
        using var peer = await RawPeer.AcceptAsync(listener, token);

        foreach (var unit in exchange.Units.Where(unit => !unit.FromConnector))
            await peer.SendAsync(unit.Bytes);
        await peer.ReadToEndAsync(token);

        var end = await log.NextAsync(token);
        end.Reason.Should().Be(ZmtpConnectionEndReason.HandshakeRefused);
        end.Exception!.Message.Should().Contain("400");
        end.WillRetry.Should().BeFalse();
        end.Change.Should().Be(ZmtpConnectionChange.Failed);
        clock.ActiveTimers.Should().Be(0, "no reconnect is pending");
    }

    private static ZmtpSocket Create(RecordedExchange exchange, ManualClock clock)
    {
        var options = new ZmtpSocketOptions
        {
            TimeProvider = clock,
            Linger = TimeSpan.Zero,
            RoutingId = ZmtpMetadata.Decode(exchange.Units.First(unit => unit is { FromConnector: true, CommandName: "READY" }).CommandData).RoutingId,
        };
        if (exchange.Name == "heartbeat")
        {
            options.HeartbeatInterval = TimeSpan.Parse(Interval, null);
            options.HeartbeatTtl = TimeSpan.FromSeconds(3);
            options.HeartbeatTimeout = TimeSpan.FromSeconds(1);
        }

        return exchange.Connector.Replace("raw ", string.Empty, StringComparison.Ordinal) switch
        {
            "DEALER" => new DealerSocket(options),
            "REQ" => new RequestSocket(options),
            "SUB" => new SubscriberSocket(options),
            var other => throw new ArgumentException(other),
        };
    }

    // Performs the call that made the recorded application write the unit. Returns false when our socket correctly writes nothing for it.
    private static async Task<bool> ActAsync(
        ZmtpSocket socket, RecordedUnit unit, List<string> topics, ManualClock clock, CancellationToken token)
    {
        switch (socket)
        {
            case DealerSocket dealer when unit.Frames is not null:
                await dealer.SendAsync([.. unit.Frames.Select(frame => (ReadOnlyMemory<byte>)frame)], token);
                break;
            case RequestSocket request when unit.Frames is not null:
                await request.SendAsync([.. unit.Frames.Skip(1).Select(frame => (ReadOnlyMemory<byte>)frame)], token);
                break;
            case SubscriberSocket subscriber when Subscription(unit) is { } change:
                return Subscribe(subscriber, change.IsSubscribe, change.Topic, topics);
            case not null when unit.CommandName == "PING":
                await clock.WaitForTimerAsync(TimeSpan.Parse(Interval, null), token);
                clock.Advance(TimeSpan.Parse(Interval, null));
                break;
        }

        return true;
    }

    private static (bool IsSubscribe, byte[] Topic)? Subscription(RecordedUnit unit) => unit switch
    {
        { CommandName: "SUBSCRIBE" } => (true, unit.CommandData),
        { CommandName: "CANCEL" } => (false, unit.CommandData),
        { Frames: [[1, .. var topic]] } => (true, topic),
        { Frames: [[0, .. var topic]] } => (false, topic),
        _ => null,
    };

    private static bool Subscribe(SubscriberSocket subscriber, bool isSubscribe, byte[] topic, List<string> topics)
    {
        var key = Convert.ToHexString(topic);
        var count = topics.Count(other => other == key);
        if (isSubscribe)
        {
            subscriber.Subscribe(topic);
            topics.Add(key);

            // libzmq sends a repeated subscription again. Our socket sends each topic once.
            return count == 0;
        }

        for (; count > 0; count--)
            subscriber.Unsubscribe(topic);
        topics.RemoveAll(other => other == key);
        return true;
    }

    private static async Task ReceiveAsync(ZmtpSocket socket, byte[][] frames, CancellationToken token)
    {
        var (message, expected) = socket switch
        {
            DealerSocket dealer => (await dealer.ReceiveAsync(token), frames),
            RequestSocket request => (await request.ReceiveAsync(token), frames[1..]),
            SubscriberSocket subscriber => (await subscriber.ReceiveAsync(token), frames),
            _ => throw new ArgumentException(null, nameof(socket)),
        };
        message.TakeFrames().Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
    }

    // The padding of the greeting has no defined content: libzmq puts the length of its routing id there.
    private static byte[] Comparable(byte[] bytes, int offset) =>
        [.. bytes.Select((value, i) => offset + i is >= 1 and <= 8 ? (byte)0 : value)];
}
