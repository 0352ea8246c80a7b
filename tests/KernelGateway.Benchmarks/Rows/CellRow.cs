using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The smallest cell, measured from the request to the end of the execution.</summary>
internal static class CellRow
{
    private const string Code = "1+1";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var contenders = await KernelContenders.StartAsync(session, cancellationToken);
        await using var embedded = await EmbeddedGateway.StartAsync(session, cancellationToken);
        var library = await contenders.StartLibraryAsync(Code, cancellationToken);
        var answer = await contenders.ExecuteAsync(Code, cancellationToken);
        if (!answer.Contains("\"2\"", StringComparison.Ordinal)) throw new BenchmarkException($"The result is missing: {answer}");

        var repetition = session.Choose(new Repetition(100, 12, 20), new Repetition(400, 40, 50));
        return
        [
            await repetition.RunAsync(
                "cell 1+1, to reply and idle",
                Quantity.Time,
                [contenders.OverHttp(Code), contenders.Bare(Code, "bare pyzmq (floor)"), library, embedded.Running(Code)],
                [Target.AtMost(1.08, reference: 1), Target.Below(reference: 2)],
                cancellationToken),
        ];
    }
}
