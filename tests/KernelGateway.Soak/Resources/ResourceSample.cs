namespace KernelGateway.Soak.Resources;

/// <summary>What a process holds at one moment.</summary>
/// <param name="ResidentBytes">The memory that lies in RAM.</param>
/// <param name="Descriptors">The open descriptors.</param>
/// <param name="Threads">The threads.</param>
/// <param name="Files">The files below the directories that are its own.</param>
internal sealed record ResourceSample(long ResidentBytes, int Descriptors, int Threads, int Files)
{
    public double ResidentMegabytes => ResidentBytes / 1048576.0;
}
