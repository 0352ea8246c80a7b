using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>A cell that prints one mebibyte 64 times.</summary>
internal static class StdoutRow
{
    private const int Prints = 64;
    private const int PrintBytes = 1 << 20;

    // Flushed, because ipykernel otherwise collects output for 0.2 seconds and sends it as one message.
    private static readonly string Code = $"for _ in range({Prints}): print('x' * {PrintBytes - 1}, flush=True)";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        const long Bytes = (long)Prints * PrintBytes;
        await using var contenders = await KernelContenders.StartAsync(session, cancellationToken);
        return
        [
            await session.Choose(new Repetition(2, 4, 2), new Repetition(4, 16, 2)).RunAsync(
                "stdout, 64 x 1 MiB",
                Quantity.Rate,
                [
                    contenders.OverHttp(Code, Bytes).AsRate(Bytes),
                    contenders.Bare(Code, "pyzmq SUB that only reads", isLarge: true).AsRate(Bytes),
                ],
                [Target.AtLeast(0.80, reference: 1)],
                cancellationToken),
        ];
    }
}
