namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What a sandbox used at one time.</summary>
/// <param name="Time">The time.</param>
/// <param name="Cpus">The number of its processors.</param>
/// <param name="CpuUsedPercent">The use of processors since the sample before, 100 for one processor.</param>
/// <param name="MemoryUsed">The used memory in bytes.</param>
/// <param name="MemoryTotal">The limit of memory in bytes.</param>
/// <param name="MemoryCache">The part that is a cache of files.</param>
/// <param name="DiskUsed">The used bytes of its file system.</param>
/// <param name="DiskTotal">The limit of them.</param>
internal sealed record UsageSample(
    DateTimeOffset Time, int Cpus, double CpuUsedPercent, long MemoryUsed, long MemoryTotal, long MemoryCache, long DiskUsed, long DiskTotal);

/// <summary>The samples of one sandbox, the last hour of them.</summary>
internal sealed class UsageSamples
{
    private const int MaxSamples = 720;

    private readonly Lock _gate = new();
    private readonly Queue<UsageSample> _samples = new();   // Guarded by _gate.
    private (TimeSpan Processor, long At)? _before;         // Guarded by _gate.

    /// <summary>Gets the newest sample; null when there is none.</summary>
    public UsageSample? Last
    {
        get
        {
            lock (_gate) return _samples.LastOrDefault();
        }
    }

    /// <summary>Returns the samples between two times.</summary>
    public IReadOnlyList<UsageSample> Between(DateTimeOffset? start, DateTimeOffset? end)
    {
        lock (_gate) return [.. _samples.Where(sample => (start is null || sample.Time >= start) && (end is null || sample.Time <= end))];
    }

    /// <summary>Adds a sample, whose use of processors is that since the one before.</summary>
    /// <param name="sample">The sample, whose percentage is replaced.</param>
    /// <param name="processor">The time that its processors have worked; null when it is not known.</param>
    /// <param name="timestamp">The time by the monotonic clock.</param>
    /// <param name="time">The clock.</param>
    public void Add(UsageSample sample, TimeSpan? processor, long timestamp, TimeProvider time)
    {
        lock (_gate)
        {
            var percent = 0.0;
            if (processor is { } now && _before is { } before && time.GetElapsedTime(before.At, timestamp) is var passed && passed > TimeSpan.Zero)
                percent = Math.Round(Math.Max(0, (now - before.Processor) / passed * 100), 2);
            if (processor is { } value) _before = (value, timestamp);
            if (_samples.Count == MaxSamples) _samples.Dequeue();
            _samples.Enqueue(sample with { CpuUsedPercent = percent });
        }
    }
}
