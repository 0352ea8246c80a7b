using System.Text;
using KernelGateway.Launching.Processes;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The variable by which a kernel's process is known when its gateway had no time to write down its id.</summary>
/// <remarks>
/// Its value is the path of the kernel's connection file, which no other kernel ever has: the run directory's name is random. What the
/// kernel starts inherits it; but the kernel leads its session, as the gateway made it, and what it starts is younger.
/// </remarks>
/// <param name="ConnectionFilePath">The path of the kernel's connection file.</param>
/// <param name="UserId">The user that the kernel runs as; null for the gateway's own.</param>
internal sealed record KernelMark(string ConnectionFilePath, uint? UserId = null)
{
    internal const string VariableName = "KERNELGATEWAY_KERNEL";

    // The environment of a process is limited by the system: a quarter of the stack, 6 MiB in all.
    private const int MaxEnvironmentBytes = 8 * 1024 * 1024;

    /// <summary>Finds the process of a kernel; null when there is none, or the system does not show the environment of others (not Linux).</summary>
    internal int? FindProcess() =>
        FindProcesses()
            .Where(process => process.SessionId == process.ProcessId)
            .MinBy(process => (process.StartTicks, process.ProcessId))?.ProcessId;

    /// <summary>Finds the process of a kernel and all that have inherited its mark.</summary>
    internal IEnumerable<ProcessStat> FindProcesses()
    {
        if (!OperatingSystem.IsLinux()) return [];
        var mark = Bytes();
        return ProcessStat.All().Where(process => process.State is not ('Z' or 'X') && IsMarked(process.ProcessId, mark));
    }

    /// <summary>
    /// Returns whether a process is ours or the kernel's user's and has the mark, as the kernel itself and what it started have.
    /// </summary>
    internal bool IsCarriedBy(int processId) => IsMarked(processId, Bytes());

    private byte[] Bytes() => Encoding.UTF8.GetBytes($"\0{VariableName}={ConnectionFilePath}\0");

    // proc(5), /proc/(pid)/environ:   NAME=value NUL NAME=value NUL ...
    private bool IsMarked(int processId, byte[] mark)
    {
        try
        {
            // Root can read the environments of all users, and anybody can write our mark into his own.
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
