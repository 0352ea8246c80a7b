using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>How a process ended.</summary>
public sealed record ProcessEnd
{
    // The texts of Go, which E2B's clients show.
    private static readonly string[] SignalTexts =
    [
        "", "hangup", "interrupt", "quit", "illegal instruction", "trace/breakpoint trap", "aborted", "bus error",
        "floating point exception", "killed", "user defined signal 1", "segmentation fault", "user defined signal 2", "broken pipe",
        "alarm clock", "terminated",
    ];

    /// <summary>Gets the exit code; -1 when a signal ended the process or its status is not known.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Gets the number of the signal that ended the process; null when it exited.</summary>
    public int? Signal { get; init; }

    /// <summary>Gets whether the process exited by itself.</summary>
    public bool IsExited { get; init; }

    /// <summary>Gets the end in words, as "exit status 0" or "signal: killed".</summary>
    public required string StatusText { get; init; }

    /// <summary>Gets the same text, and whether there was no memory, unless the exit code is zero; else null.</summary>
    public string? Error => ExitCode == 0 ? null : WasOutOfMemory ? $"{StatusText} ({DescribeMemory()})" : StatusText;

    /// <summary>Gets whether the process was killed because of <see cref="ProcessStartOptions.TimeLimit"/>.</summary>
    public bool WasTimeLimit { get; init; }

    /// <summary>Gets whether the system killed the process, or one that it waited for, because there was no memory.</summary>
    /// <value>It is known only for processes in a control group (<see cref="SandboxProcessesOptions.MemoryLimit"/>).</value>
    public bool WasOutOfMemory { get; init; }

    /// <summary>
    /// Gets the memory limit, in bytes, that the process exceeded; null when it did not, or the machine had no memory left.
    /// </summary>
    public long? ExceededMemoryLimit { get; init; }

    internal static ProcessEnd Create(ProcessExit exit, bool wasTimeLimit, ControlGroup? group = null)
    {
        var end = FromStatus(exit, wasTimeLimit);
        return exit.MayBeKill && !end.WasTimeLimit && group is { HasKilledForMemory: true }
            ? end with { WasOutOfMemory = true, ExceededMemoryLimit = group.MemoryLimit }
            : end;
    }

    private string DescribeMemory() => ExceededMemoryLimit is { } limit
        ? $"it needed more memory than its limit of {ProcessLimits.Format(limit)}"
        : "there was no memory left";

    private static ProcessEnd FromStatus(ProcessExit exit, bool wasTimeLimit)
    {
        if (exit.ExitCode is { } code) return new ProcessEnd { ExitCode = code, IsExited = true, StatusText = $"exit status {code}" };
        if (exit.Signal is not { } signal) return new ProcessEnd { ExitCode = -1, StatusText = "exit status unknown" };
        var text = signal > 0 && signal < SignalTexts.Length ? SignalTexts[signal] : $"signal {signal}";
        return new ProcessEnd
        {
            ExitCode = -1,
            Signal = signal,
            StatusText = $"signal: {text}{(exit.HasDumpedCore ? " (core dumped)" : "")}",
            WasTimeLimit = wasTimeLimit && signal == KernelGateway.Processes.Native.Signals.Kill,
        };
    }
}
