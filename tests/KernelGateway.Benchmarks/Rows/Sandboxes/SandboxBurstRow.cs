using System.Diagnostics;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>Fifty sandboxes that are created at once, without kernels.</summary>
internal static class SandboxBurstRow
{
    private const string Template = "base";
    private const int Sandboxes = 50;
    private const double AboveProcessorTime = 1.15;
    private const double PoolTarget = 2;

    private static readonly TimeSpan BurstLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(8);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken) =>
    [
        await MeasureColdAsync(session, cancellationToken),
        await MeasurePoolAsync(session, cancellationToken),
    ];

    private static async Task<Row> MeasureColdAsync(Session session, CancellationToken cancellationToken)
    {
        Samples[] samples = [new("kernel-gateway"), new("processor time of one x 50, by the cores")];
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        await client.RunAsync(calls => MeasureProcessorTime(service, calls), Repetition.TurnLimit, cancellationToken);
        for (var round = 0; round < session.Choose(quick: 1, full: 3); round++)
        {
            // Before each burst, so that both see the same load of the machine.
            var one = await client.RunAsync(
                calls => MeasureProcessorTime(service, calls), Repetition.TurnLimit, cancellationToken);
            samples[1].Add([one * Sandboxes / Environment.ProcessorCount]);
            samples[0].Add([await CreateAllAsync(service, cancellationToken)]);
            await client.RunAsync(KillAll, BurstLimit, cancellationToken);
        }

        return new Row("50 creates at once, cold", Quantity.Time, samples, [Target.AtMost(AboveProcessorTime, reference: 1)]);
    }

    private static async Task<Row> MeasurePoolAsync(Session session, CancellationToken cancellationToken)
    {
        var samples = new Samples("kernel-gateway");
        for (var round = 0; round < session.Choose(quick: 1, full: 3); round++)
        {
            // The first ones compile the code of the service.
            const int WarmUp = 4;
            await using var service = await SandboxService.StartAsync(
                session.Workplace, cancellationToken, "--ready", $"{Template}={Sandboxes + WarmUp}");
            await service.WhenFullAsync(FillLimit, cancellationToken);
            using var client = service.Connect();
            await client.RunAsync(
                calls => Enumerable.Range(0, WarmUp).Select(_ => calls.Create(Template)).ToList(),
                Repetition.TurnLimit,
                cancellationToken);
            samples.Add([await CreateAllAsync(service, cancellationToken)]);
        }

        return new Row("50 creates at once, from a pool of 50", Quantity.Time, [samples], [Target.Within(PoolTarget)]);
    }

    private static async Task<double> CreateAllAsync(SandboxService service, CancellationToken cancellationToken)
    {
        var clients = Enumerable.Range(0, Sandboxes).Select(_ => service.Connect()).ToList();
        try
        {
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(clients.Select(
                client => client.RunAsync(calls => calls.Create(Template), BurstLimit, cancellationToken)));
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    // That of the service, of the programs that it starts for a sandbox, and of the sandbox until it can be used.
    private static double MeasureProcessorTime(SandboxService service, SandboxClient client)
    {
        const int Count = 5;
        var sandboxes = TimeSpan.Zero;
        var before = service.ReadProcessorTime();
        for (var i = 0; i < Count; i++) sandboxes += client.Create(Template).ReadProcessorTime();
        var total = sandboxes + service.ReadProcessorTime() - before;
        client.KillAll();
        return total.TotalSeconds / Count;
    }

    private static bool KillAll(SandboxClient client)
    {
        client.KillAll();
        return true;
    }
}
