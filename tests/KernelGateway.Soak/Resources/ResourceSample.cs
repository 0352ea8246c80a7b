namespace KernelGateway.Soak.Resources;

/// <summary>The resources of a process at one time.</summary>
/// <param name="ResidentBytes">The resident memory.</param>
/// <param name="Descriptors">The number of open descriptors.</param>
/// <param name="Threads">The number of threads.</param>
/// <param name="Files">The number of files below its own directories.</param>
internal sealed record ResourceSample(long ResidentBytes, int Descriptors, int Threads, int Files)
{
    public double ResidentMegabytes => ResidentBytes / 1048576.0;
}
