using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The time until a tree of 10,000 directories is watched.</summary>
internal static class WatchRow
{
    private const int Parents = 100;
    private const int ChildrenOfEach = 99;                 // with their parents 10,000 below the root
    private const double Limit = 0.5;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var tree = Directory.CreateDirectory(Path.Combine(session.Workplace.Directory, "tree"));
        for (var parent = 0; parent < Parents; parent++)
        {
            var above = tree.CreateSubdirectory($"parent-{parent}");
            for (var child = 0; child < ChildrenOfEach; child++) above.CreateSubdirectory($"child-{child}");
        }

        await using var server = GatewayServer.Start(session.Workplace, "--warm", "none");
        await server.WaitUntilHealthyAsync(cancellationToken);
        await using var native = await NativePeer.TryStartAsync(session.Workplace, tree.FullName, cancellationToken);
        using var connection = new HttpConnection(server.EndPoint);
        var requests = new ServiceRequests(server);
        var ours = BlockingContender.Create("kernel-gateway", () => WatchOnce(connection, requests, tree.FullName), connection);
        var row = await session.Choose(new Repetition(2, 5, 1), new Repetition(3, 20, 1)).RunAsync(
            "a watch of 10,000 directories, to usable",
            Quantity.Time,
            native is null ? [ours] : [ours, native.AsContender("inotify in C", "watch")],
            [Target.Within(Limit)],
            cancellationToken);
        return [native is null ? row with { Note = NativePeer.MissingCompiler } : row];
    }

    private static double WatchOnce(HttpConnection connection, ServiceRequests requests, string path)
    {
        var request = requests.Call("/filesystem.Filesystem/CreateWatcher", new JsonObject { ["path"] = path, ["recursive"] = true });
        var start = Stopwatch.GetTimestamp();
        var (status, answer) = connection.Ask(request);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (status != 200) throw new BenchmarkException($"The tree is not watched: {status} {answer}");
        var id = JsonDocument.Parse(answer).RootElement.GetProperty("watcherId").GetString();
        connection.Ask(requests.Call("/filesystem.Filesystem/RemoveWatcher", new JsonObject { ["watcherId"] = id }));
        return seconds;
    }
}
