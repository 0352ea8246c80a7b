using System.Globalization;
using KernelGateway.Processes.Inspection;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>Processes by the user ids of the host that they run as.</summary>
internal static class HostUsers
{
    /// <summary>Finds the running processes of the users of a range.</summary>
    internal static IEnumerable<int> FindProcesses(uint first, uint count) =>
        ProcessStat.Running()
            .Where(stat => ReadUser(stat.ProcessId) is { } user && user >= first && user - first < count)
            .Select(stat => stat.ProcessId);

    /// <summary>Finds the running processes of this user whose standard input or output is a file.</summary>
    internal static IEnumerable<int> FindByStreams(string path) => ProcessStat.Running()
        .Where(stat => ReadStream(stat.ProcessId, 1) == path || ReadStream(stat.ProcessId, 0) == path)
        .Select(stat => stat.ProcessId);

    private static string? ReadStream(int processId, int descriptor)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd/{descriptor}")).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // proc(5), /proc/(pid)/status:   Uid:   real   effective   saved   file system
    private static uint? ReadUser(int processId)
    {
        try
        {
            var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"))
                .FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            return uint.TryParse(line?.Split('\t')[1], CultureInfo.InvariantCulture, out var user) ? user : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
