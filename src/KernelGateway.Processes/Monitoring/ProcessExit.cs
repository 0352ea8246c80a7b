using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">The exit code; null when a signal ended the process, or when it is not known.</param>
/// <param name="Signal">The number of the signal that ended the process; null when it exited, or when it is not known.</param>
/// <param name="HasDumpedCore">Whether the system has written its memory into a file.</param>
internal readonly record struct ProcessExit(int? ExitCode, int? Signal, bool HasDumpedCore = false)
{
    /// <summary>
    /// Gets the exit of a process whose status another process got: a host that ignores SIGCHLD, or the parent of an adopted process.
    /// </summary>
    internal static ProcessExit Unknown => default;

    /// <summary>
    /// Gets whether SIGKILL can have ended the process, or a child for which it waited (a shell then exits with 137).
    /// </summary>
    internal bool MayBeKill => Signal == Signals.Kill || ExitCode == 128 + Signals.Kill || (ExitCode is null && Signal is null);
}
