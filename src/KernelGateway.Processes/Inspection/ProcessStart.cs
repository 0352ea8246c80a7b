using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace KernelGateway.Processes.Inspection;

/// <summary>Distinguishes a process from a later one with the same id, by its start time.</summary>
internal static class ProcessStart
{
    /// <summary>
    /// Returns the start of a running process; null when there is none with that id, or it has ended and is not reaped yet.
    /// </summary>
    internal static string? Read(int processId) => OperatingSystem.IsLinux() ? ReadFromProc(processId) : ReadElsewhere(processId);

    private static string? ReadFromProc(int processId) =>
        ProcessStat.Read(processId) is { } stat && ProcessStat.BootId is { } boot ? $"{boot}:{stat.StartTicks}" : null;

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
