using System.Text;
using KernelGateway.Processes.Inspection;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The variable by which a kernel's process is found if its gateway could not record its id.</summary>
/// <remarks>
/// Its value is the path of the kernel's connection file, which no other kernel ever has: the run directory's name is random.
/// Processes that the kernel starts inherit it, but the kernel leads its session, and the processes that it starts are younger.
/// </remarks>
/// <param name="ConnectionFilePath">The path of the kernel's connection file.</param>
/// <param name="UserId">The user that the kernel runs as; null for the gateway's own.</param>
internal sealed record KernelMark(string ConnectionFilePath, uint? UserId = null)
{
    internal const string VariableName = "KERNELGATEWAY_KERNEL";

    // The environment of a process is limited by the system: a quarter of the stack, 6 MiB in all.
    private const int MaxEnvironmentBytes = 8 * 1024 * 1024;

    /// <summary>
    /// Finds the process of a kernel; null when there is none, or the system does not show the environment of other processes
    /// (not Linux).
    /// </summary>
    internal int? FindProcess() =>
        FindProcesses()
            .Where(process => process.SessionId == process.ProcessId)
            .MinBy(process => (process.StartTicks, process.ProcessId))?.ProcessId;

    /// <summary>Finds the process of a kernel and all that have inherited its mark.</summary>
    internal IEnumerable<ProcessStat> FindProcesses()
    {
        if (!OperatingSystem.IsLinux()) return [];
        var mark = Bytes();
        return ProcessStat.Running().Where(process => IsMarked(process.ProcessId, mark));
    }

    /// <summary>
    /// Returns whether a process belongs to the gateway's user or the kernel's user and has the mark, like the kernel and the
    /// processes that it started.
    /// </summary>
    internal bool IsCarriedBy(int processId) => IsMarked(processId, Bytes());

    private byte[] Bytes() => Encoding.UTF8.GetBytes($"\0{VariableName}={ConnectionFilePath}\0");

    // proc(5), /proc/(pid)/environ:   NAME=value NUL NAME=value NUL ...
    private bool IsMarked(int processId, byte[] mark)
    {
        try
        {
            // Root can read the environments of all users, and every user can put this mark into an environment.
            ReadOnlySpan<byte> environment = OutsideFile.Read($"/proc/{processId}/environ", MaxEnvironmentBytes, OutsideFileRules.OwnedByUs, UserId);
            return environment.StartsWith(mark.AsSpan(1)) || environment.IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return false;
        }
    }
}
