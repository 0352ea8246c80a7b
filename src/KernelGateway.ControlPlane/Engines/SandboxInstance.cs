namespace KernelGateway.ControlPlane.Engines;

/// <summary>A sandbox that lives.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StartedAt">When its sidecar was started.</param>
/// <param name="IsPaused">Whether its processes are stopped.</param>
/// <param name="EngineName">The engine that made it.</param>
/// <param name="Notes">What it was asked for and does not have, such as limits that this machine cannot set.</param>
public sealed record SandboxInstance(
    string Id, DateTimeOffset StartedAt, bool IsPaused, string EngineName, IReadOnlyList<string> Notes);

/// <summary>How the processes of a sandbox were stopped.</summary>
public enum PauseMethod
{
    /// <summary>The freezer of control groups: all processes at once, unnoticed by them.</summary>
    Freezer,

    /// <summary>SIGSTOP to each process: their parents notice it, and a process that forks meanwhile is stopped later.</summary>
    StopSignal,
}

/// <summary>How much a sandbox uses. A value that the machine does not count is null.</summary>
/// <param name="ProcessorTime">The time of all processors.</param>
/// <param name="MemoryBytes">The memory, with the cache of files.</param>
/// <param name="MemoryLimitBytes">The limit of memory.</param>
/// <param name="CacheBytes">The part of the memory that is cache of files.</param>
/// <param name="DiskBytes">What the sandbox has written.</param>
/// <param name="DiskLimitBytes">The limit of it.</param>
/// <param name="Processes">The number of processes and threads.</param>
public sealed record SandboxUsage(
    TimeSpan? ProcessorTime,
    long? MemoryBytes,
    long? MemoryLimitBytes,
    long? CacheBytes,
    long? DiskBytes,
    long? DiskLimitBytes,
    int? Processes);

/// <summary>Why a sandbox has ended.</summary>
/// <param name="ExitCode">
/// The exit code of the sidecar, 128 and the signal's number when a signal ended it; null when it is not known.
/// </param>
/// <param name="WasOutOfMemory">Whether the system has killed a process of it for lack of memory.</param>
/// <param name="LogTail">The last output of the sidecar; empty when another process of the control plane has started it.</param>
public sealed record SandboxEnd(int? ExitCode, bool WasOutOfMemory, string LogTail);
