namespace KernelGateway.Launching.Processes;

/// <summary>Finds the processes that a kernel forked and that run its own program on, without an <c>exec</c>.</summary>
/// <remarks>
/// Where such a child leaves its cell without <c>_exit</c> it becomes a second kernel on the same sockets, which takes a whole core. Workers of Python's
/// <c>multiprocessing</c> look the same and are wanted, so they are shown and nothing is done to them.
/// </remarks>
internal static class ForkedProcesses
{
    /// <summary>Gives their ids; none where Linux's /proc is not there.</summary>
    /// <param name="processId">The kernel's process, which leads a session.</param>
    public static IReadOnlyList<int> Find(int processId)
    {
        if (!OperatingSystem.IsLinux() || ReadCommandLine(processId) is not { Length: > 0 } commandLine) return [];
        return
        [
            .. ProcessStat.All()
                .Where(stat => stat.SessionId == processId && stat.ProcessId != processId && stat.State is not ('Z' or 'X'))
                .Where(stat => ReadCommandLine(stat.ProcessId) is { } other && other.AsSpan().SequenceEqual(commandLine))
                .Select(stat => stat.ProcessId)
                .Order(),
        ];
    }

    private static byte[]? ReadCommandLine(int processId)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{processId}/cmdline");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
