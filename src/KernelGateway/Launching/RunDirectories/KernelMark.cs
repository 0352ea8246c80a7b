using System.Globalization;
using System.Text;
using KernelGateway.Launching.Processes;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The variable by which a kernel's process is known when its gateway had no time to write down its id.</summary>
/// <remarks>
/// Its value is the path of the kernel's connection file, which no other kernel ever has: the run directory's name is random. What the
/// kernel starts inherits it; but the kernel leads its session, as the gateway made it, and what it starts is younger.
/// </remarks>
internal static class KernelMark
{
    internal const string VariableName = "KERNELGATEWAY_KERNEL";

    /// <summary>Finds the process of a kernel; null when there is none, or the system does not show the environment of others (not Linux).</summary>
    internal static int? FindProcess(string connectionFilePath)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var mark = Encoding.UTF8.GetBytes($"\0{VariableName}={connectionFilePath}\0");
        return ProcessIds()
            .Select(ProcessStat.Read)
            .OfType<ProcessStat>()
            .Where(process => process.SessionId == process.ProcessId && IsMarked(process.ProcessId, mark))
            .MinBy(process => (process.StartTicks, process.ProcessId))?.ProcessId;
    }

    private static IEnumerable<int> ProcessIds()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)) yield return processId;
    }

    // proc(5), /proc/(pid)/environ:   NAME=value NUL NAME=value NUL ...
    private static bool IsMarked(int processId, byte[] mark)
    {
        try
        {
            ReadOnlySpan<byte> environment = File.ReadAllBytes($"/proc/{processId}/environ");
            return environment.StartsWith(mark.AsSpan(1)) || environment.IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return false;
        }
    }
}
