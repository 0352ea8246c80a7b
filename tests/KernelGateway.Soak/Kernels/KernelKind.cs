using KernelGateway.Kernelspecs;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Kernels;

/// <summary>A kernel of the run.</summary>
/// <param name="SpecName">The kernelspec; for an attached kernel a name that the soak chooses.</param>
/// <param name="Cells">Writes the code of its cells.</param>
/// <param name="IsReal">Whether it is a real kernel and not a scripted one.</param>
/// <param name="OnServer">The number of contexts on the server.</param>
/// <param name="InProcess">The number of contexts in the gateway in this process.</param>
internal sealed record KernelKind(string SpecName, CellWriter Cells, bool IsReal, int OnServer, int InProcess)
{
    /// <summary>Gets whether the soak starts the kernel and the server attaches it.</summary>
    public bool IsAttached { get; init; }

    /// <summary>
    /// Gets whether the kernel may publish output after its idle status, with the next request as the parent. The gateway waits for such output
    /// of a context's code. Jupyter clients receive it as the kernel sends it.
    /// </summary>
    public bool PublishesBehindIdle { get; init; }

    /// <summary>
    /// Gets the largest number of lines of a flood; null for what the language prints in a second. A kernel with libzmq's limit of 1000 messages
    /// for its PUB socket drops messages that a busy gateway does not read in time, and this cannot be detected.
    /// </summary>
    public int? MaxFloodLines { get; init; }

    private static readonly KernelKind[] All =
    [
        new("python3", CellWriter.Python, true, 4, 2),
        new("xpython", CellWriter.Python, true, 1, 1) { MaxFloodLines = 200 },   // four messages per line
        new("ir", CellWriter.R, true, 1, 1),
        new("octave", CellWriter.Octave, true, 1, 0),
        new("deno", CellWriter.JavaScript, true, 1, 1) { PublishesBehindIdle = true },
        new(Workplace.ScriptedKernelSpec, CellWriter.Scripted, false, 8, 4),
        new("attached", CellWriter.Scripted, false, 3, 0) { IsAttached = true },
    ];

    /// <summary>Returns the kinds whose kernelspecs are installed.</summary>
    public static async Task<IReadOnlyList<KernelKind>> FindInstalledAsync(KernelSpecCatalog catalog)
    {
        var installed = (await catalog.ListAsync()).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(kind => kind.IsAttached || installed.Contains(kind.SpecName))];
    }
}
