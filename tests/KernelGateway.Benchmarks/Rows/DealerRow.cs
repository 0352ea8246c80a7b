using System.Diagnostics;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;
using KernelGateway.NetMQ;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using NetMQ;
using DealerSocket = KernelGateway.Zmtp.Sockets.DealerSocket;
using NetMQDealer = NetMQ.Sockets.DealerSocket;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The round trip of a message of seven frames from a DEALER to an echoing libzmq ROUTER over loopback TCP.</summary>
internal static class DealerRow
{
    private const int Frames = 7;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var echo = Peer.StartPython("echo.py", session.Workplace);
        await using var pyzmq = Peer.StartPython("dealer.py", session.Workplace);
        var endpoint = (await echo.AskAsync("endpoint", cancellationToken)).GetProperty("endpoint").GetString()!;
        await pyzmq.AskAsync(new JsonObject { ["do"] = "connect", ["endpoint"] = endpoint }, cancellationToken);
        await using var dealer = new DealerSocket();
        dealer.Connect(endpoint);
        using var netMQ = new NetMQDealer();
        netMQ.Connect(endpoint);
        await using var channels = OpenChannels(new Uri(endpoint));

        return
        [
            await MeasureAsync(200, session.Choose(new Repetition(2000, 6, 500), new Repetition(10_000, 20, 2000))),
            await MeasureAsync(64 * 1024, session.Choose(new Repetition(300, 6, 100), new Repetition(1000, 20, 200))),
        ];

        Task<Row> MeasureAsync(int frameBytes, Repetition repetition) => repetition.RunAsync(
            $"DEALER round trip, {Frames} frames of {(frameBytes < 1024 ? $"{frameBytes} bytes" : $"{frameBytes / 1024} KiB")}",
            Quantity.Time,
            [
                new Contender("DealerSocket", (count, token) => RoundTripsAsync(dealer, frameBytes, count, token)),
                new Contender("pyzmq DEALER", (count, token) => pyzmq.MeasureAsync(
                    new JsonObject { ["do"] = "round_trips", ["frames"] = Frames, ["frame_bytes"] = frameBytes, ["count"] = count }, token)),
                BlockingContender.Create("NetMQ DEALER", () => RoundTrip(netMQ, new byte[frameBytes])),
                new Contender("KernelGateway.NetMQ", (count, token) => RoundTripsAsync(channels, frameBytes, count, token)),
            ],
            [Target.AtMost(1.00, reference: 1)],
            cancellationToken);
    }

    private static async Task<double[]> RoundTripsAsync(DealerSocket dealer, int frameBytes, int count, CancellationToken cancellationToken)
    {
        var message = new ReadOnlyMemory<byte>[Frames];
        Array.Fill(message, new byte[frameBytes]);
        var seconds = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await dealer.SendAsync(message, cancellationToken);
            using var echoed = await dealer.ReceiveAsync(cancellationToken);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (echoed.Count != Frames) throw new BenchmarkException($"The echo has {echoed.Count} frames.");
        }

        return seconds;
    }

    // On a thread of its own, as NetMQ's sockets want it: what NetMQ can do at best.
    private static double RoundTrip(NetMQDealer dealer, byte[] frame)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Frames; i++) dealer.SendFrame(frame, more: i < Frames - 1);
        var received = 0;
        bool hasMore;
        do
        {
            var part = default(Msg);
            part.InitEmpty();
            if (!dealer.TryReceive(ref part, AnswerLimit)) throw new BenchmarkException("NetMQ has received no answer.");
            hasMore = part.HasMore;
            part.Close();
            received++;
        }
        while (hasMore);

        if (received != Frames) throw new BenchmarkException($"The echo has {received} frames.");
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // The same socket behind the seam, as the gateway uses it: from the thread pool, by way of the transport's thread.
    private static IKernelChannels OpenChannels(Uri endpoint)
    {
        var info = new KernelConnectionInfo
        {
            Ip = endpoint.Host,
            ShellPort = endpoint.Port, ControlPort = endpoint.Port, StdinPort = endpoint.Port, IOPubPort = endpoint.Port, HeartbeatPort = endpoint.Port,
            Key = "",
        };
        var channels = new NetMQTransport().Open(info, new KernelChannelsOptions { RoutingId = "benchmark" });
        channels.Connect(KernelChannel.Shell);
        return channels;
    }

    private static async Task<double[]> RoundTripsAsync(IKernelChannels channels, int frameBytes, int count, CancellationToken cancellationToken)
    {
        var message = new ReadOnlyMemory<byte>[Frames];
        Array.Fill(message, new byte[frameBytes]);
        var seconds = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await channels.SendAsync(KernelChannel.Shell, message, cancellationToken);
            using var echoed = await channels.ReceiveAsync(KernelChannel.Shell, cancellationToken);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (echoed.Frames.Count != Frames) throw new BenchmarkException($"The echo has {echoed.Frames.Count} frames.");
        }

        return seconds;
    }
}
