using KernelGateway.Processes.Limits;

namespace KernelGateway.Launching;

/// <summary>How a kernel's process ended.</summary>
/// <param name="ExitCode">The exit code; null when a signal ended the process, or when it is not known.</param>
/// <param name="Signal">The number of the signal that ended the process; null when it exited, or when it is not known.</param>
/// <remarks>
/// Both are null when another process got the status: a host that ignores SIGCHLD, or the parent of an adopted process.
/// </remarks>
public readonly record struct KernelExit(int? ExitCode, int? Signal)
{
    // Below 16 and without 7, 10 and 12 the numbers are the same on Linux and macOS; the others are named on Linux only.
    private static readonly string?[] Names =
    [
        null, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", null, "SIGFPE", "SIGKILL", null, "SIGSEGV", null, "SIGPIPE",
        "SIGALRM", "SIGTERM",
    ];

    private static readonly Dictionary<int, string> LinuxNames = new()
    {
        [7] = "SIGBUS", [10] = "SIGUSR1", [12] = "SIGUSR2", [24] = "SIGXCPU", [25] = "SIGXFSZ", [31] = "SIGSYS",
    };

    /// <summary>Gets the exit of a process whose status is not known.</summary>
    public static KernelExit Unknown => default;

    /// <summary>Gets a value indicating whether the system killed the process because there was no memory.</summary>
    /// <value>It is known only for kernels in a control group (<see cref="LaunchOptions.MemoryLimit"/>).</value>
    public bool IsOutOfMemory { get; init; }

    /// <summary>
    /// Gets the memory limit, in bytes, that the process exceeded; null when it did not, or the machine had no memory left.
    /// </summary>
    public long? ExceededMemoryLimit { get; init; }

    /// <summary>
    /// Describes the ending, as in "exit code 1" or "signal 9 (SIGKILL)", and whether there was no memory.
    /// </summary>
    public override string ToString()
    {
        var status = DescribeStatus();
        if (!IsOutOfMemory) return status;
        return ExceededMemoryLimit is { } limit
            ? $"{status}, because it needed more memory than its limit of {ProcessLimits.Format(limit)}"
            : $"{status}, because there was no memory left";
    }

    private string DescribeStatus()
    {
        if (ExitCode is { } code) return $"exit code {code}";
        if (Signal is not { } signal) return "exit status unknown";
        var name = signal > 0 && signal < Names.Length ? Names[signal] : null;
        if (name is null && OperatingSystem.IsLinux()) LinuxNames.TryGetValue(signal, out name);
        return name is null ? $"signal {signal}" : $"signal {signal} ({name})";
    }
}
