namespace KernelGateway.SandboxServices.Metrics;

/// <summary>What the machine, container or sandbox has, and how much of it is used.</summary>
public sealed record MachineReading
{
    /// <summary>Gets when it was read.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets the number of processors that this process may use, rounded up.</summary>
    public required int ProcessorCount { get; init; }

    /// <summary>Gets how much of them was used since the last reading, from 0 to 100 with two decimals.</summary>
    public required double ProcessorUsePercent { get; init; }

    /// <summary>Gets how much memory there is, in bytes: the limit of the control group, or that of the machine.</summary>
    public required long MemoryTotalBytes { get; init; }

    /// <summary>Gets how much of it is used, in bytes, without the cache of files.</summary>
    public required long MemoryUsedBytes { get; init; }

    /// <summary>Gets how much of it the cache of files has, in bytes. The system frees it when memory is needed.</summary>
    public required long MemoryCacheBytes { get; init; }

    /// <summary>Gets the size of the file system, in bytes.</summary>
    public required long DiskTotalBytes { get; init; }

    /// <summary>Gets how much of it is used, in bytes.</summary>
    public required long DiskUsedBytes { get; init; }
}
