using KernelGateway.Kernelspecs;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Kernels;

/// <summary>A kernel that the run uses.</summary>
/// <param name="SpecName">The kernelspec; for an attached kernel a name of the soak's own.</param>
/// <param name="Cells">Writes its code.</param>
/// <param name="IsReal">Whether it is a kernel that people use.</param>
/// <param name="OnServer">How many contexts of it the server has.</param>
/// <param name="InProcess">How many contexts of it the gateway in this process has.</param>
internal sealed record KernelKind(string SpecName, CellWriter Cells, bool IsReal, int OnServer, int InProcess)
{
    /// <summary>Gets a value indicating whether the soak starts it and the server attaches to it.</summary>
    public bool IsAttached { get; init; }

    /// <summary>
    /// Gets a value indicating whether it may publish output behind the idle status, and then with the next request as its parent. The
    /// gateway waits for that with code of contexts; Jupyter clients get what the kernel says.
    /// </summary>
    public bool PublishesBehindIdle { get; init; }

    /// <summary>
    /// Gets how many lines a flood has at most; null for what the language prints in a second. A kernel whose PUB socket has libzmq's
    /// limit of 1000 messages drops what a busy gateway does not take in time, and this cannot be seen.
    /// </summary>
    public int? MaxFloodLines { get; init; }

    private static readonly KernelKind[] All =
    [
        new("python3", CellWriter.Python, true, 4, 2),
        new("xpython", CellWriter.Python, true, 1, 1) { MaxFloodLines = 200 },   // four messages a line
        new("ir", CellWriter.R, true, 1, 1),
        new("octave", CellWriter.Octave, true, 1, 0),
        new("deno", CellWriter.JavaScript, true, 1, 1) { PublishesBehindIdle = true },
        new(Workplace.ScriptedKernelSpec, CellWriter.Scripted, false, 8, 4),
        new("attached", CellWriter.Scripted, false, 3, 0) { IsAttached = true },
    ];

    /// <summary>Gives those whose kernelspecs are installed.</summary>
    public static async Task<IReadOnlyList<KernelKind>> FindInstalledAsync(KernelSpecCatalog catalog)
    {
        var installed = (await catalog.ListAsync()).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(kind => kind.IsAttached || installed.Contains(kind.SpecName))];
    }
}
