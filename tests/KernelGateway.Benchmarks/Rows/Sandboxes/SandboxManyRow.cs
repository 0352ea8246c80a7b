using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>Two hundred sandboxes without kernels.</summary>
internal static class SandboxManyRow
{
    private const int Sandboxes = 200;
    private const double ListTarget = 20e-3;
    private const double MemoryTarget = 24e9;

    private static readonly TimeSpan CreateLimit = TimeSpan.FromMinutes(10);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        var sandboxes = await client.RunAsync(
            calls => Enumerable.Range(0, Sandboxes).Select(_ => calls.Create("base")).ToList(), CreateLimit, cancellationToken);
        var list = await session.Choose(new Repetition(10, 6, 10), new Repetition(20, 20, 20)).RunAsync(
            $"list of {Sandboxes} sandboxes",
            Quantity.Time,
            [BlockingContender.Create("kernel-gateway", client.MeasureList, client)],
            [Target.Within(ListTarget)],
            cancellationToken);
        var listed = await client.RunAsync(calls => calls.List().Count, Repetition.TurnLimit, cancellationToken);
        if (listed != Sandboxes) throw new BenchmarkException($"{listed} of {Sandboxes} sandboxes are listed.");
        var memory = new Samples("kernel-gateway");
        memory.Add([sandboxes.Sum(sandbox => sandbox.ReadProportionalBytes())]);
        return
        [
            list,
            new Row($"proportional memory of {Sandboxes} sandboxes", Quantity.Memory, [memory], [Target.Within(MemoryTarget)]),
        ];
    }
}
