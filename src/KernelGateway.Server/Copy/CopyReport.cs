namespace KernelGateway.Server.Copy;

/// <summary>What a copy tells while it runs: progress, and what was left out.</summary>
/// <param name="error">Where it is told.</param>
/// <param name="progress">The progress of large files.</param>
internal sealed class CopyReport(TextWriter error, CopyProgress progress)
{
    public CopyProgress Progress => progress;

    /// <summary>Tells that something is not copied.</summary>
    public void WriteSkipped(string path, string reason) => error.WriteLine($"kernel-gateway: '{path}' is not copied: {reason}.");
}
