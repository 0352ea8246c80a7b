using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>What sandboxes use that nobody uses, with and without a kernel.</summary>
internal static class SandboxIdleRow
{
    private const double MemoryTarget = 35e6;

    // A sidecar releases the memory of its start after a minute without use. It checks that every 20 seconds.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(85);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        var plain = await client.RunAsync(calls => calls.Create("base"), Repetition.TurnLimit, cancellationToken);
        var withKernel = await client.RunAsync(
            calls => calls.Create("code-interpreter-v1"), Repetition.TurnLimit, cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        Samples[] memory = [new("kernel-gateway"), new("with a Python kernel")];
        memory[0].Add([plain.ReadProportionalBytes()]);
        memory[1].Add([withKernel.ReadProportionalBytes()]);
        var before = (Plain: plain.ReadProcessorTime(), WithKernel: withKernel.ReadProcessorTime());
        await Task.Delay(Minute, cancellationToken);
        Samples[] time = [new("kernel-gateway"), new("with a Python kernel")];
        time[0].Add([(plain.ReadProcessorTime() - before.Plain).TotalSeconds]);
        time[1].Add([(withKernel.ReadProcessorTime() - before.WithKernel).TotalSeconds]);
        return
        [
            new Row("proportional memory of an idle sandbox", Quantity.Memory, memory, [Target.Within(MemoryTarget)]),
            new Row("processor time of an idle sandbox in a minute", Quantity.Time, time, []),
        ];
    }
}
