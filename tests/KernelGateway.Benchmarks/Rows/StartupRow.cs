using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The time until a new server answers, and its memory after a minute without a request.</summary>
internal static class StartupRow
{
    private const double HealthTargetSeconds = 0.6;
    private const double RestTargetBytes = 70e6;
    private const double ProportionalTargetBytes = 35e6;

    // The server releases the memory of its start after a minute without use. It checks that every 20 seconds.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(85);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var health = new Samples("kernel-gateway");
        var memory = new Samples("kernel-gateway");
        var proportional = new Samples("kernel-gateway");
        // The first start reads the files into the page cache and is not counted.
        var starts = session.Choose(3, 8) + 1;
        for (var i = 0; i < starts; i++)
        {
            await using var server = GatewayServer.Start(session.Workplace);
            var seconds = await server.WaitUntilHealthyAsync(cancellationToken);
            if (i == 0) continue;
            health.Add([seconds]);
            if (i < starts - 1) continue;
            await Task.Delay(Rest, cancellationToken);
            memory.Add([server.ResidentBytes]);
            proportional.Add([server.ProportionalBytes]);
        }

        return
        [
            new Row("process start to the first 200 of /health", Quantity.Time, [health], [Target.Within(HealthTargetSeconds)]),
            new Row("resident memory at rest", Quantity.Memory, [memory], [Target.Within(RestTargetBytes)]),
            new Row("proportional memory at rest", Quantity.Memory, [proportional], [Target.Within(ProportionalTargetBytes)]),
        ];
    }
}
