using System.Globalization;

namespace KernelGateway.Launching.Processes;

/// <summary>Finds the processes that a kernel forked and that continue to run its program, without an <c>exec</c>.</summary>
/// <remarks>
/// If such a child leaves its cell without <c>_exit</c> it becomes a second kernel on the same sockets, which uses a whole core.
/// Workers of Python's
/// <c>multiprocessing</c> look the same and are intended, so these processes are only reported. A child whose parent has ended is
/// not found.
/// </remarks>
internal static class ForkedProcesses
{
    private const int MaxProcesses = 1000;

    /// <summary>
    /// Returns the ids of those that descend from a process, in ascending order; none without Linux's /proc.
    /// </summary>
    /// <param name="processId">The kernel's process.</param>
    public static IReadOnlyList<int> Find(int processId)
    {
        if (!OperatingSystem.IsLinux() || ReadCommandLine(processId) is not { Length: > 0 } commandLine) return [];
        var descendants = new List<int>();
        AddChildren(processId, descendants);
        for (var i = 0; i < descendants.Count && descendants.Count < MaxProcesses; i++) AddChildren(descendants[i], descendants);
        return
        [
            .. descendants
                .Where(descendant => ReadCommandLine(descendant) is { } other && other.AsSpan().SequenceEqual(commandLine))
                .Order(),
        ];
    }

    // proc(5), /proc/(pid)/task/(tid)/children: the ids of the children that this thread started, with blanks between them.
    private static void AddChildren(int processId, List<int> children)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{processId}/task");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has ended.
            return;
        }

        foreach (var thread in threads)
        {
            try
            {
                foreach (var child in File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    children.Add(int.Parse(child, CultureInfo.InvariantCulture));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The thread has ended.
            }
        }
    }

    // Empty for a process that has ended and is not collected yet.
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
