using Microsoft.Extensions.Logging;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>How processes are started and kept.</summary>
public sealed record SandboxProcessesOptions
{
    /// <summary>Gets the first value of <see cref="SandboxProcesses.Variables"/>.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the directory of processes that are started without one.</summary>
    /// <value>An absolute path. Null, the default, for the user's home.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets how much output of a process is kept.</summary>
    /// <value>
    /// In bytes, 1 MiB by default, at least 4 KiB. While nobody reads, the last part of this size is kept. While somebody reads,
    /// the process waits when its slowest reader is that far behind. Each process can use that much memory.
    /// </value>
    public int MaxRetainedOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>Gets how long a process can be found, and its output be read, after its end.</summary>
    /// <value>30 s by default.</value>
    public TimeSpan EndedRetention { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long output is waited for after the exit of a process while its children hold its pipes open.</summary>
    /// <value>200 ms by default.</value>
    public TimeSpan OutputGrace { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets how much memory a process, and all that it starts, may use together.</summary>
    /// <value>
    /// In bytes, at least 16 MiB. Null, the default, for no limit. Each process gets a control group where the service may make one, and
    /// the system kills processes of the group when the limit is exceeded (<see cref="ProcessEnd.WasOutOfMemory"/>). Elsewhere it is a
    /// resource limit (RLIMIT_AS) of the address space of each process, set by the program <c>prlimit</c>. The log says which.
    /// </value>
    public long? MemoryLimit { get; init; }

    /// <summary>Gets how many processes and threads a process, and all that it starts, may have together.</summary>
    /// <value>
    /// At least 1. Null, the default, for no limit. The system refuses more with the error EAGAIN. Where no control group can be made
    /// it is a resource limit (RLIMIT_NPROC), which counts all processes and threads of the user on the machine, and does not hold
    /// for root.
    /// </value>
    public int? ProcessLimit { get; init; }

    /// <summary>Gets the clock; the system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets where it is logged which processes start and end; null, the default, for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Gets whether control groups are made for limits if that is possible.</summary>
    internal bool UsesControlGroups { get; init; } = true;
}
