using System.Globalization;

namespace KernelGateway.Processes.Inspection;

/// <summary>The soft limit of open files that this process was started with.</summary>
/// <remarks>
/// The runtime raises the limit to the hard limit before the gateway's code runs, and the system does not keep the former value.
/// A process inherits its limits, so the parent's soft limit is used if the parent has the same hard limit. A service manager and
/// a container engine give their children other limits than their own.
/// </remarks>
internal static class OpenFilesLimit
{
    // The usual limit of systems for decades, because of select(2).
    private const int Usual = 1024;
    private const string Label = "Max open files";

    /// <summary>Gets the limit; null when it is not known, or not limited.</summary>
    internal static int? AtStart { get; } = OperatingSystem.IsLinux() ? Find() : null;

    /// <summary>Reads the soft and the hard limit of a process out of its <c>limits</c>; null when they cannot be read.</summary>
    internal static (long Soft, long Hard)? Parse(IEnumerable<string> limits)
    {
        // proc(5), /proc/(pid)/limits:   Max open files            1024                 524288               files
        var line = limits.FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        var fields = line?[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is { Length: >= 2 } ? (Number(fields[0]), Number(fields[1])) : null;
    }

    /// <summary>Determines the soft limit of a process at its start, from the limits of its parent.</summary>
    internal static int Conclude((long Soft, long Hard)? own, (long Soft, long Hard)? parent)
    {
        var most = own?.Hard is { } hard and < int.MaxValue ? hard : int.MaxValue;
        return (int)(parent is { } other && other.Hard == own?.Hard ? Math.Min(other.Soft, most) : Math.Min(Usual, most));
    }

    private static int Find()
    {
        var parent = ProcessStat.ReadAny(Environment.ProcessId)?.ParentId;
        return Conclude(ReadLimits("self"), parent is > 0 ? ReadLimits(parent.Value.ToString(CultureInfo.InvariantCulture)) : null);
    }

    private static (long Soft, long Hard)? ReadLimits(string process)
    {
        try
        {
            return Parse(File.ReadAllLines($"/proc/{process}/limits"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
}
