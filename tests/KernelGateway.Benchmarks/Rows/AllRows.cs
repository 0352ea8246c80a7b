using KernelGateway.Benchmarks.Measuring;

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
        ("memory", MemoryRow.MeasureAsync),
    ];
}
