using FluentAssertions;
using KernelGateway.Testing.Fuzzing;
using KernelGateway.Zmtp.Connections;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Sockets;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Fuzzing;

/// <summary>Reads damaged copies of recorded byte streams.</summary>
public sealed class ZmtpFuzzTests
{
    private const int Streams = 70_000;
    private const int Connections = 10_000;

    // For a long frame the decoder rents one block of 1 MiB before any of the body has arrived (ZmtpDecoder.TrustedBytes).
    private const int FirstBlock = (1 << 20) + (64 * 1024);

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void A_damaged_stream_is_read_or_refused_and_alike_in_pieces_of_any_size(CancellationToken token)
    {
        var run = new FuzzRun(TestContext.Out) { FixedBytes = 2 * FirstBlock, BytesPerByte = 32 };

        run.Try(Streams, PeerStream.Make, stream => [stream.Bytes], stream =>
        {
            var whole = StreamReading.Read(stream.OurType, stream.Bytes, int.MaxValue, out var steps);
            var pieces = StreamReading.Read(stream.OurType, stream.Bytes, stream.PieceBytes, out var moreSteps);
            if (whole != pieces) throw new InvalidOperationException($"{whole} as a whole, {pieces} in pieces of {stream.PieceBytes}.");
            return steps + moreSteps;
        }, token);
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public async Task A_damaged_stream_ends_its_connection_for_a_reason_and_never_the_socket(CancellationToken token)
    {
        var reasons = new HashSet<ZmtpConnectionEndReason>();

        await new FuzzRun(TestContext.Out).TryAsync(Connections, PeerStream.Make, stream => [stream.Bytes], async stream =>
        {
            await using var socket = Create(stream.OurType);
            var transport = new BytesTransport(stream.Bytes, stream.PieceBytes);
            var peer = new Peer("fuzz", isAccepted: true, new Inbox(limit: 0), new Outbox(limit: 10));
            using var connection = new ZmtpConnection(socket, transport, peer);
            await connection.RunAsync(token);

            var end = connection.End;
            reasons.Add(end.Reason);
            if (end.Exception is not (null or ZmtpProtocolException)) throw new InvalidOperationException("The connection ended with an undocumented exception.", end.Exception);
            return transport.Reads;
        }, token);

        reasons.Should().BeEquivalentTo(
            [ZmtpConnectionEndReason.PeerClosed, ZmtpConnectionEndReason.ProtocolError, ZmtpConnectionEndReason.HandshakeRefused]);
    }

    private static ZmtpSocket Create(ZmtpSocketType type)
    {
        var options = new ZmtpSocketOptions { HandshakeTimeout = TimeSpan.Zero, Linger = TimeSpan.Zero, ReceiveHighWaterMark = 0 };
        return type switch
        {
            ZmtpSocketType.Req => new RequestSocket(options),
            ZmtpSocketType.Rep => new ReplySocket(options),
            ZmtpSocketType.Dealer => new DealerSocket(options),
            ZmtpSocketType.Pub => new PublisherSocket(options),
            ZmtpSocketType.XPub => new XPublisherSocket(options),
            ZmtpSocketType.Sub or ZmtpSocketType.XSub => new SubscriberSocket(options),
            _ => new RouterSocket(options),
        };
    }
}
