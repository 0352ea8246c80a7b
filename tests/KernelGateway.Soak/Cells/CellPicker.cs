using KernelGateway.Soak.Kernels;

namespace KernelGateway.Soak.Cells;

/// <summary>Chooses the next cell of a client.</summary>
internal static class CellPicker
{
    private static readonly (CellKind Kind, int Weight)[] Weights =
    [
        (CellKind.Lines, 300), (CellKind.Paced, 25), (CellKind.Fails, 40), (CellKind.Endless, 16), (CellKind.Sleeps, 12),
        (CellKind.Stubborn, 8), (CellKind.Dies, 3), (CellKind.LosesReply, 3), (CellKind.LosesIdle, 3), (CellKind.Noisy, 12),
    ];

    private const double FloodRate = 0.02;
    private const int MaxLines = 20;

    /// <param name="kernel">The kernel of the cell.</param>
    /// <param name="random">The random numbers for the choice.</param>
    /// <param name="token">The token of the cell.</param>
    /// <param name="forbidden">The kinds of cells that cannot end on the client's surface.</param>
    public static Cell Pick(KernelKind kernel, Random random, string token, params ReadOnlySpan<CellKind> forbidden)
    {
        var writer = kernel.Cells;
        var kind = PickKind(writer, random, forbidden);
        var floodLines = kernel.MaxFloodLines ?? writer.FloodLines;
        var isFlood = kind == CellKind.Lines && random.NextDouble() < FloodRate;
        var lines = isFlood ? random.Next(floodLines / 10, floodLines) : random.Next(1, MaxLines + 1);
        return writer.Write(kind, token, lines);
    }

    private static CellKind PickKind(CellWriter writer, Random random, ReadOnlySpan<CellKind> forbidden)
    {
        while (true)
        {
            var at = random.Next(Weights.Sum(entry => entry.Weight));
            foreach (var (kind, weight) in Weights)
            {
                at -= weight;
                if (at >= 0) continue;
                if (writer.Kinds.Contains(kind) && !forbidden.Contains(kind)) return kind;
                break;
            }
        }
    }
}
