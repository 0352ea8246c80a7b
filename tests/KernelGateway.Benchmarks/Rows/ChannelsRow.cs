using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>Cells over the WebSocket of Jupyter clients, in both of its protocols.</summary>
internal static class ChannelsRow
{
    private const int Lines = 2000;
    private const int Prints = 16;
    private const int PrintBytes = 1 << 20;

    private static readonly string ManyCode = $"for i in range({Lines}): print(i, flush=True)";
    private static readonly string LargeCode = $"for _ in range({Prints}): print('x' * {PrintBytes - 1}, flush=True)";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var gateway = await session.GetServerAsync(cancellationToken);
        await using var server = await JupyterServer.StartAsync(session.Workplace, cancellationToken);
        var rows = new List<Row>();
        foreach (var isV1 in new[] { true, false })
        {
            var directory = session.Workplace.Directory;
            await using var ours = await ChannelClient.StartAsync(gateway.Url, gateway.Token, directory, isV1, cancellationToken);
            await using var theirs = await ChannelClient.StartAsync(server.Url, server.Token, "", isV1, cancellationToken);
            var protocol = isV1 ? "v1" : "JSON";
            rows.Add(await session.Choose(new Repetition(50, 12, 20), new Repetition(200, 40, 50)).RunAsync(
                $"WebSocket, {protocol}: cell 1+1",
                Quantity.Time,
                [Running(Name(ours), ours, "1+1"), Running(Name(theirs), theirs, "1+1")],
                [Target.Below(reference: 1)],
                cancellationToken));
            rows.Add(await session.Choose(new Repetition(1, 4, 1), new Repetition(2, 10, 2)).RunAsync(
                $"WebSocket, {protocol}: {Lines} messages of a line each",
                Quantity.Time,
                [Running(Name(ours), ours, ManyCode), Running(Name(theirs), theirs, ManyCode)],
                [Target.Below(reference: 1)],
                cancellationToken));
            const long Bytes = (long)Prints * PrintBytes;
            rows.Add(await session.Choose(new Repetition(1, 4, 1), new Repetition(2, 10, 2)).RunAsync(
                $"WebSocket, {protocol}: stdout, {Prints} x 1 MiB",
                Quantity.Rate,
                [Running(Name(ours), ours, LargeCode, Bytes).AsRate(Bytes), Running(Name(theirs), theirs, LargeCode, Bytes).AsRate(Bytes)],
                [Target.AtLeast(1, reference: 1)],
                cancellationToken));

            string Name(ChannelClient client) => client == ours ? "kernel-gateway" : "Jupyter Server";
        }

        return rows;
    }

    private static Contender Running(string name, ChannelClient client, string code, long minimumBytes = 0) =>
        new(name, async (count, token) =>
        {
            var seconds = new double[count];
            for (var i = 0; i < count; i++)
            {
                (seconds[i], var bytes) = await client.MeasureAsync(code, token);
                if (bytes < minimumBytes) throw new BenchmarkException($"Output is missing: {name} sent {bytes} bytes.");
            }

            return seconds;
        });
}
