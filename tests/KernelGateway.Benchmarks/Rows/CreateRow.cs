using System.Diagnostics;
using System.Text.Json;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The time until a new context is ready, and until its first result.</summary>
internal static class CreateRow
{
    private const double NanosecondsPerSecond = 1e9;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var server = await session.GetServerAsync(cancellationToken);
        using var client = server.Connect();
        await using var library = Peer.StartPython("client_library.py", session.Workplace);
        Samples[] usable = [new("kernel-gateway, HTTP"), new("jupyter_client start_new_kernel")];
        Samples[] first = [new(usable[0].Contender), new(usable[1].Contender)];

        var rounds = session.Choose(3, 10) + 1;
        for (var round = 0; round < rounds; round++)
        {
            var ours = await client.RunAsync(gateway => CreateOnce(gateway, session.Workplace.Directory), cancellationToken);
            var theirs = Read(await library.AskAsync("create", cancellationToken));
            // The first round is the warm-up.
            if (round == 0) continue;
            usable[0].Add([ours.Usable]);
            usable[1].Add([theirs.Usable]);
            first[0].Add([ours.First]);
            first[1].Add([theirs.First]);
        }

        return
        [
            new Row("new context, to usable", Quantity.Time, usable, []),
            new Row("new context, to the first result", Quantity.Time, first, []),
        ];
    }

    private static (double Usable, double First) CreateOnce(GatewayClient gateway, string directory)
    {
        var start = Stopwatch.GetTimestamp();
        var id = gateway.CreateContext(directory);
        var usable = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var first = usable + gateway.MeasureToResult(gateway.CreateExecuteRequest(id, "1+1"));
        gateway.RemoveContext(id);
        return (usable, first);
    }

    private static (double Usable, double First) Read(JsonElement answer) =>
        (answer.GetProperty("usable").GetDouble() / NanosecondsPerSecond, answer.GetProperty("first_result").GetDouble() / NanosecondsPerSecond);
}
