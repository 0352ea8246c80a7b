using System.Globalization;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>A sandbox.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">The token of its files and commands.</param>
internal sealed record BenchSandbox(string Id, string Token)
{
    /// <summary>Returns the processes of the sandbox: those that are in its control groups.</summary>
    public List<int> ListProcesses()
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            var name = Path.GetFileName(directory);
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)) continue;
            var groups = ProcessFile.TryRead($"{directory}/cgroup");
            if (groups?.Contains(Id, StringComparison.Ordinal) == true) found.Add(processId);
        }

        return found;
    }

    /// <summary>Returns the directories of its control groups.</summary>
    public List<string> ListGroups() =>
    [
        .. Directory.EnumerateDirectories(
            "/sys/fs/cgroup", $"*{Id}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 }),
    ];

    /// <summary>Returns the proportional memory of its processes, in bytes.</summary>
    public double ReadProportionalBytes() => ListProcesses().Sum(ProcessFile.ReadProportionalBytes);

    /// <summary>Returns the processor time that it has used since it was created.</summary>
    public TimeSpan ReadProcessorTime()
    {
        foreach (var group in ListGroups())
        {
            if (ProcessFile.TryRead(Path.Combine(group, "cpuacct.usage")) is { } nanoseconds)
                return TimeSpan.FromTicks(long.Parse(nanoseconds, CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
            var text = ProcessFile.TryRead(Path.Combine(group, "cpu.stat"));
            if (text?.StartsWith("usage_usec ", StringComparison.Ordinal) == true)
                return TimeSpan.FromMicroseconds(long.Parse(text.Split(' ', '\n')[1], CultureInfo.InvariantCulture));
        }

        throw new BenchmarkException("The machine has no control group that counts processor time.");
    }
}
