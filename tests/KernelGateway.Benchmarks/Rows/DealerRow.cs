using System.Diagnostics;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The round trip of a message of seven frames from a DEALER to an echoing libzmq ROUTER over loopback TCP.</summary>
internal static class DealerRow
{
    private const int Frames = 7;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var echo = Peer.StartPython("echo.py", session.Workplace);
        await using var pyzmq = Peer.StartPython("dealer.py", session.Workplace);
        var endpoint = (await echo.AskAsync("endpoint", cancellationToken)).GetProperty("endpoint").GetString()!;
        await pyzmq.AskAsync(new JsonObject { ["do"] = "connect", ["endpoint"] = endpoint }, cancellationToken);
        await using var dealer = new DealerSocket();
        dealer.Connect(endpoint);

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
}
