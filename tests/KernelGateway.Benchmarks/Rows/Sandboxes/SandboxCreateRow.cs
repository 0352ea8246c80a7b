using System.Diagnostics;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>A sandbox with a Python kernel, from the request that creates it to the first result.</summary>
internal static class SandboxCreateRow
{
    private const string Template = "code-interpreter-v1";
    private const string Code = "1+1";
    private const double PoolTarget = 25e-3;
    private const double ColdTarget = 0.7;

    // The first requests of a service compile its code.
    private const int WarmUp = 4;

    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(5);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken) =>
    [
        await MeasurePoolAsync(session, cancellationToken),
        await MeasureColdAsync(session, cancellationToken),
    ];

    // A pool is not filled while sandboxes are taken. Each round has a new service with a pool that is full.
    private static async Task<Row> MeasurePoolAsync(Session session, CancellationToken cancellationToken)
    {
        var count = session.Choose(quick: 8, full: 20);
        Samples[] samples = [new("kernel-gateway"), new("the create alone")];
        for (var round = 0; round < session.Choose(quick: 1, full: 3); round++)
        {
            await using var service = await SandboxService.StartAsync(
                session.Workplace, cancellationToken, "--ready", $"{Template}={WarmUp + count}");
            await service.WhenFullAsync(FillLimit, cancellationToken);
            using var client = service.Connect();
            var measured = await client.RunAsync(
                calls => Enumerable.Range(0, WarmUp + count).Select(_ => CreateOnce(calls)).ToList(),
                Repetition.TurnLimit,
                cancellationToken);
            samples[0].Add([.. measured.Skip(WarmUp).Select(times => times.First)]);
            samples[1].Add([.. measured.Skip(WarmUp).Select(times => times.Created)]);
        }

        return new Row("create to the first result, from the pool", Quantity.Time, samples, [Target.Within(PoolTarget)]);
    }

    private static async Task<Row> MeasureColdAsync(Session session, CancellationToken cancellationToken)
    {
        Samples[] samples = [new("kernel-gateway"), new("the create alone")];
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        for (var round = 0; round <= session.Choose(quick: 3, full: 10); round++)
        {
            var times = await client.RunAsync(
                calls =>
                {
                    var measured = CreateOnce(calls);
                    calls.KillAll();
                    return measured;
                },
                Repetition.TurnLimit,
                cancellationToken);
            if (round == 0) continue;
            samples[0].Add([times.First]);
            samples[1].Add([times.Created]);
        }

        return new Row("create to the first result, cold", Quantity.Time, samples, [Target.Within(ColdTarget)]);
    }

    private static (double Created, double First) CreateOnce(SandboxClient client)
    {
        var start = Stopwatch.GetTimestamp();
        var sandbox = client.Create(Template);
        var created = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (created, created + client.MeasureToResult(sandbox, Code));
    }
}
