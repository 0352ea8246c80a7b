using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The command <c>true</c>, from the request that starts it to the event of its end.</summary>
internal static class CommandRow
{
    private const double Limit = 5e-3;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var server = GatewayServer.Start(session.Workplace, "--warm", "none");
        await server.WaitUntilHealthyAsync(cancellationToken);
        await using var native = await NativePeer.TryStartAsync(session.Workplace, "", cancellationToken);
        using var connection = new HttpConnection(server.EndPoint);
        var requests = new ServiceRequests(server);
        var (start, health) = (requests.StartCommand("true"), requests.Health);
        var ours = BlockingContender.Create("kernel-gateway", () => connection.Measure(start, "exit status 0"u8).Seconds, connection);
        var roundTrip = BlockingContender.Create("GET /health", () => connection.Measure(health, "OK"u8).Seconds, connection);
        var repetition = session.Choose(new Repetition(100, 8, 50), new Repetition(300, 20, 100));
        const string Title = "the command true, to the event of its end";
        if (native is null)
        {
            var alone = await repetition.RunAsync(Title, Quantity.Time, [ours, roundTrip], [Target.Within(Limit)], cancellationToken);
            return [alone with { Note = NativePeer.MissingCompiler }];
        }

        var spawn = native.AsContender("posix_spawn and waitpid in C", "spawn");
        return
        [
            await repetition.RunAsync(
                Title,
                Quantity.Time,
                [ours, Join(spawn, roundTrip), spawn, roundTrip],
                [Target.Within(Limit), Target.AtMost(1.00, reference: 1)],
                cancellationToken),
        ];
    }

    // The limit that the row is compared with.
    private static Contender Join(Contender spawn, Contender roundTrip) => new("twice that in C, and GET /health", async (count, token) =>
    {
        var spawns = await spawn.RunAsync(count, token);
        var roundTrips = await roundTrip.RunAsync(count, token);
        return [.. spawns.Zip(roundTrips, (first, second) => 2 * first + second)];
    });
}
