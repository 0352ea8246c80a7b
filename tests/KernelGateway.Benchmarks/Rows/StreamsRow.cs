using System.Diagnostics;
using System.Net.Http.Headers;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>Much output of commands: of many at once, and of one whose reader is slow. All of it must arrive.</summary>
internal static class StreamsRow
{
    private const int Processes = 200;
    private const int LinesOfEach = 125_000;               // of 8 bytes: 1 MB
    private const double ProcessesLimitBytes = 450e6;      // of each the journal keeps 1 MiB at most; the rest is for sending
    private const double SlowLimitBytes = 150e6;
    private const double SlowBytesPerSecond = 80e6;
    private const long StopAfterBytes = 10_000_000;

    private static readonly TimeSpan Stop = TimeSpan.FromSeconds(3);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var server = GatewayServer.Start(session.Workplace, "--warm", "none");
        await server.WaitUntilHealthyAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        return
        [
            .. await MeasureSlowReaderAsync(session, server, client, cancellationToken),
            .. await MeasureProcessesAsync(session, server, client, cancellationToken),
        ];
    }

    private static async Task<IReadOnlyList<Row>> MeasureProcessesAsync(
        Session session, GatewayServer server, HttpClient client, CancellationToken cancellationToken)
    {
        var outputs = Enumerable.Range(0, Processes).Select(number => new NumberedLines(1_000_000 + number * 1000, LinesOfEach)).ToList();
        var expected = outputs.ConvertAll(output => (output.Command, output.Bytes, Hash: output.Hash()));

        // The gateway keeps a part of each output for half a minute. Further rounds would add theirs to the memory of the first.
        var memory = MemoryProfile.Begin(server);
        await Deadline.RunAsync(token => RunAllAsync(1, token), Repetition.TurnLimit, TimeProvider.System, cancellationToken);
        var peak = memory.Complete("resident memory of the server, first round", ProcessesLimitBytes);
        var row = await session.Choose(new Repetition(0, 3, 1), new Repetition(0, 9, 1)).RunAsync(
            $"{Processes} commands that write 1 MB each at once",
            Quantity.Rate,
            [new Contender("kernel-gateway", RunAllAsync).AsRate(expected.Sum(output => output.Bytes))],
            [],
            cancellationToken);
        return [row, peak];

        async Task<double[]> RunAllAsync(int count, CancellationToken token)
        {
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(expected.Select(output => RunAsync(client, output.Command, output.Bytes, output.Hash, null, token)));
            return [Stopwatch.GetElapsedTime(start).TotalSeconds];
        }
    }

    private static async Task<IReadOnlyList<Row>> MeasureSlowReaderAsync(
        Session session, GatewayServer server, HttpClient client, CancellationToken cancellationToken)
    {
        // 10 bytes each.
        var output = new NumberedLines(100_000_000, session.Choose(quick: 20_000_000, full: 100_000_000));
        var hash = output.Hash();
        await RunAsync(client, ["seq", "1"], 2, new NumberedLines(1, 1).Hash(), null, cancellationToken);
        var memory = MemoryProfile.Begin(server);
        var row = await new Repetition(0, 1, 1).RunAsync(
            $"a command that writes {output.Bytes / 1e9:0.0} GB to a slow reader",
            Quantity.Rate,
            [new Contender("kernel-gateway", RunOnceAsync).AsRate(output.Bytes)],
            [],
            cancellationToken);
        return [row, memory.Complete("resident memory of the server during it", SlowLimitBytes)];

        async Task<double[]> RunOnceAsync(int count, CancellationToken token)
        {
            var start = Stopwatch.GetTimestamp();
            var hasStopped = false;
            await RunAsync(client, output.Command, output.Bytes, hash, PauseAsync, token);
            return [Stopwatch.GetElapsedTime(start).TotalSeconds];

            async Task PauseAsync(CommandStream stream)
            {
                if (!hasStopped && stream.Bytes > StopAfterBytes)
                {
                    hasStopped = true;
                    await Task.Delay(Stop, token);
                }

                var early = TimeSpan.FromSeconds(stream.Bytes / SlowBytesPerSecond) - Stopwatch.GetElapsedTime(start);
                if (early > TimeSpan.FromMilliseconds(5)) await Task.Delay(early, token);
            }
        }
    }

    private static async Task RunAsync(
        HttpClient client,
        string[] command,
        long bytes,
        byte[] hash,
        Func<CommandStream, Task>? pauseAsync,
        CancellationToken cancellationToken)
    {
        using var stream = new CommandStream();
        var received = await stream.RunAsync(client, command, pauseAsync, cancellationToken);
        if (stream.Bytes != bytes || !received.SequenceEqual(hash))
            throw new BenchmarkException($"Output was lost: {stream.Bytes} of {bytes} bytes came, or others.");
    }
}
