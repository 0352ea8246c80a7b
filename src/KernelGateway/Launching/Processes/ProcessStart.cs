using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace KernelGateway.Launching.Processes;

/// <summary>Tells a process from a later one that got the same id, by when it was started.</summary>
internal static class ProcessStart
{
    /// <summary>Returns the start of a running process; null when there is none of that id, or it has ended and is not collected yet.</summary>
    internal static string? Read(int processId) => OperatingSystem.IsLinux() ? ReadFromProc(processId) : ReadElsewhere(processId);

    // proc(5), /proc/(pid)/stat:   pid (name) state ppid ...; the 22nd field is the start in clock ticks since boot.
    private static string? ReadFromProc(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            // The name may hold spaces and parentheses of its own.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X") return null;
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return $"{boot}:{fields[19]}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ReadElsewhere(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
