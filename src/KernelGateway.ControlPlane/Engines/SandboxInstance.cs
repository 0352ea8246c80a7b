namespace KernelGateway.ControlPlane.Engines;

/// <summary>Describes a sandbox that is running or paused.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StartedAt">When its sidecar was started.</param>
/// <param name="IsPaused">Whether its processes are stopped.</param>
/// <param name="EngineName">The engine that made it.</param>
/// <param name="Notes">What was requested and is missing, such as limits that this machine cannot set.</param>
public sealed record SandboxInstance(
    string Id, DateTimeOffset StartedAt, bool IsPaused, string EngineName, IReadOnlyList<string> Notes);

/// <summary>States how the processes of a sandbox were stopped.</summary>
public enum PauseMethod
{
    /// <summary>The freezer of control groups: all processes stop at once and do not notice it.</summary>
    Freezer,

    /// <summary>SIGSTOP to each process: its parent notices it, and a process that forks meanwhile is stopped later.</summary>
    StopSignal,
}

/// <summary>Contains what a sandbox uses. A value that the machine does not measure is null.</summary>
/// <param name="ProcessorTime">The processor time that its processes have used, on all processors together.</param>
/// <param name="MemoryBytes">The used memory in bytes, with the cache of files.</param>
/// <param name="MemoryLimitBytes">The limit of memory in bytes.</param>
/// <param name="CacheBytes">The part of the used memory that is a cache of files, in bytes.</param>
/// <param name="DiskBytes">What the sandbox has written, in bytes.</param>
/// <param name="DiskLimitBytes">The limit of what it may write, in bytes.</param>
/// <param name="Processes">The number of processes and threads.</param>
public sealed record SandboxUsage(
    TimeSpan? ProcessorTime,
    long? MemoryBytes,
    long? MemoryLimitBytes,
    long? CacheBytes,
    long? DiskBytes,
    long? DiskLimitBytes,
    int? Processes);

/// <summary>Describes why a sandbox has ended.</summary>
/// <param name="ExitCode">
/// The exit code of the sidecar, or 128 plus the signal's number if a signal ended it; null if it is not known.
/// </param>
/// <param name="WasOutOfMemory">Whether the system has killed one of its processes for lack of memory.</param>
/// <param name="LogTail">The last output of the sidecar; empty if an earlier process of the control plane started it.</param>
public sealed record SandboxEnd(int? ExitCode, bool WasOutOfMemory, string LogTail);
