using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Rows.Sandboxes;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The rows by name, in the order in which they run.</summary>
internal static class AllRows
{
    public static IReadOnlyList<(string Name, Func<Session, CancellationToken, Task<IReadOnlyList<Row>>> MeasureAsync)> Named { get; } =
    [
        ("startup", StartupRow.MeasureAsync),
        ("dealer", DealerRow.MeasureAsync),
        ("cell", CellRow.MeasureAsync),
        ("stdout", StdoutRow.MeasureAsync),
        ("png", PngRow.MeasureAsync),
        ("channels", ChannelsRow.MeasureAsync),
        ("port", PortRow.MeasureAsync),
        ("files", FilesRow.MeasureAsync),
        ("command", CommandRow.MeasureAsync),
        ("streams", StreamsRow.MeasureAsync),
        ("watch", WatchRow.MeasureAsync),
        ("create", CreateRow.MeasureAsync),
        ("sandbox-create", SandboxCreateRow.MeasureAsync),
        ("sandbox-burst", SandboxBurstRow.MeasureAsync),
        ("sandbox-pause", SandboxPauseRow.MeasureAsync),
        ("sandbox-router", SandboxRouterRow.MeasureAsync),
        ("sandbox-idle", SandboxIdleRow.MeasureAsync),
        ("sandbox-many", SandboxManyRow.MeasureAsync),
        ("sandbox-neighbour", SandboxNeighbourRow.MeasureAsync),
        ("memory", MemoryRow.MeasureAsync),
    ];
}
