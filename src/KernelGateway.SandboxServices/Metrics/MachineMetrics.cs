namespace KernelGateway.SandboxServices.Metrics;

/// <summary>
/// Reads processors, memory and disk: those of the control group of this process where it has a limit (version 1 or 2), else those
/// of the machine. Linux only.
/// </summary>
/// <remarks>Thread-safe. It has no thread and no timer: the use of processors is measured between two readings.</remarks>
public sealed class MachineMetrics
{
    // Between two readings that follow closely the difference of counters says nothing.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(200);

    private readonly string _root;
    private readonly string _diskPath;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private ProcessorSample _last;             // Guarded by _gate, as the one below.
    private double _lastPercent;

    /// <summary>Creates the reader. The use of processors is measured from now on.</summary>
    /// <param name="diskPath">A path in the file system whose size is read.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public MachineMetrics(string diskPath = "/", TimeProvider? time = null)
        : this("/", diskPath, time ?? TimeProvider.System)
    {
    }

    /// <summary>Creates a reader of other files than the system's.</summary>
    internal MachineMetrics(string root, string diskPath, TimeProvider time)
    {
        _root = root;
        _diskPath = diskPath;
        _time = time;
        _last = TakeSample();
    }

    /// <summary>Reads the present values.</summary>
    /// <exception cref="IOException">The system does not tell them.</exception>
    public MachineReading Read()
    {
        var (total, used, cache) = ReadMemory();
        var disk = new DriveInfo(_diskPath);
        return new MachineReading
        {
            Time = _time.GetUtcNow(),
            ProcessorCount = Environment.ProcessorCount,
            ProcessorUsePercent = MeasureProcessors(),
            MemoryTotalBytes = total,
            MemoryUsedBytes = used,
            MemoryCacheBytes = cache,
            DiskTotalBytes = disk.TotalSize,
            DiskUsedBytes = disk.TotalSize - disk.TotalFreeSpace,
        };
    }

    private double MeasureProcessors()
    {
        var sample = TakeSample();
        lock (_gate)
        {
            if (_time.GetElapsedTime(_last.Timestamp, sample.Timestamp) < ShortestInterval) return _lastPercent;
            var available = sample.Available - _last.Available;
            var share = available > 0 ? (sample.Used - _last.Used) / available : 0;
            _lastPercent = Math.Round(Math.Clamp(share, 0, 1) * 100, 2);
            _last = sample;
            return _lastPercent;
        }
    }

    // Seconds of processor time that were used and available, both since some moment in the past.
    private ProcessorSample TakeSample()
    {
        var now = _time.GetTimestamp();
        if (GroupUse.FindProcessorLimit(_root) is { } group)
        {
            var seconds = (double)now / _time.TimestampFrequency;
            return new ProcessorSample(now, group.UsedSeconds, seconds * group.Processors);
        }

        // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal; guest times are in the first two.
        var line = File.ReadLines(Path.Combine(_root, "proc/stat")).First();
        var ticks = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(ParseDouble).ToArray();
        return new ProcessorSample(now, ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }

    private (long Total, long Used, long Cache) ReadMemory()
    {
        var fields = File.ReadLines(Path.Combine(_root, "proc/meminfo"))
            .Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length > 1)
            .ToDictionary(parts => parts[0], parts => long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) * 1024);
        var total = fields["MemTotal"];
        if (GroupUse.FindMemoryLimit(_root, total) is { } group)
            return (group.LimitBytes, Math.Max(group.UsedBytes - group.CacheBytes, 0), group.CacheBytes);

        var cache = Field("Cached") + Field("SReclaimable");
        return (total, Math.Max(total - Field("MemFree") - Field("Buffers") - cache, 0), cache);

        long Field(string name) => fields.GetValueOrDefault(name);
    }

    private static double ParseDouble(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private readonly record struct ProcessorSample(long Timestamp, double Used, double Available);
}
