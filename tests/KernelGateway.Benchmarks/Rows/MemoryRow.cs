using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The memory of the server after all other rows, when its contexts have been removed.</summary>
internal static class MemoryRow
{
    private const double QuietTargetBytes = 120e6;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var server = await session.GetServerAsync(cancellationToken);
        await Task.Delay(Quiet, cancellationToken);
        var now = new Samples("kernel-gateway");
        now.Add([server.ResidentBytes]);
        var peak = new Samples("kernel-gateway");
        peak.Add([server.PeakResidentBytes]);
        return
        [
            new Row("resident memory a minute after the rows above", Quantity.Memory, [now], [Target.Within(QuietTargetBytes)]),
            new Row("most resident memory during them", Quantity.Memory, [peak], []),
        ];
    }
}
