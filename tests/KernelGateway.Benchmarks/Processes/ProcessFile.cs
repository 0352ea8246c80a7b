using System.Globalization;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>Files of the system about processes that may end at any moment.</summary>
internal static class ProcessFile
{
    /// <summary>Reads a file; null when it is not there any more.</summary>
    public static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns whether a process exists and has not exited; one that its parent has yet to wait for has.</summary>
    public static bool IsAlive(int processId)
    {
        var text = TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        return text is not null && text[text.LastIndexOf(')') + 2] is not ('Z' or 'X');
    }

    /// <summary>Returns the proportional memory of a process in bytes; zero when it has ended.</summary>
    public static double ReadProportionalBytes(int processId)
    {
        const double KiB = 1024;
        var text = TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/smaps_rollup"));
        var line = text?.Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        if (line is null) return 0;
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * KiB;
    }

    /// <summary>Returns the processor time of a process and of its children that have ended and were waited for.</summary>
    public static TimeSpan ReadProcessorTime(int processId)
    {
        const double TicksPerSecond = 100;
        const int FirstField = 11;    // utime, stime, cutime and cstime, counted from the state behind the name
        var text = TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"))
            ?? throw new BenchmarkException("A process has ended.");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = fields[FirstField..(FirstField + 4)].Sum(field => double.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }
}
