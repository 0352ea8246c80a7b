using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>A cell that displays a PNG of eight megabytes.</summary>
internal static class PngRow
{
    private const int ImageBytes = 8_000_000;

    // Encoded in advance, so that the row measures the transfer of the result and not Python's base64.
    private static readonly string Preparation =
        $"import base64, os; from IPython.display import display; png = base64.b64encode(os.urandom({ImageBytes})).decode()";

    private const string Code = "display({'image/png': png}, raw=True)";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var contenders = await KernelContenders.StartAsync(session, cancellationToken);
        await contenders.PrepareAsync(Preparation, cancellationToken);
        return
        [
            await session.Choose(new Repetition(4, 6, 3), new Repetition(8, 16, 5)).RunAsync(
                "result of an 8 MB PNG",
                Quantity.Rate,
                [
                    contenders.OverHttp(Code, ImageBytes / 3 * 4).AsRate(ImageBytes),
                    contenders.Bare(Code, "pyzmq SUB that only reads", isLarge: true).AsRate(ImageBytes),
                ],
                [],
                cancellationToken),
        ];
    }
}
