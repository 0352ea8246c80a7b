using System.Globalization;

namespace KernelGateway.Launching.Processes;

/// <summary>What Linux says of a running process.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="SessionId">The id of its session: its own when it leads one.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot.</param>
internal sealed record ProcessStat(int ProcessId, int SessionId, long StartTicks)
{
    private static string? _bootId;

    /// <summary>Gets what tells this run of the system from others; null when that cannot be read.</summary>
    internal static string? BootId
    {
        get
        {
            try
            {
                return _bootId ??= File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Reads it; null when there is no such process, or it has ended and is not collected yet.</summary>
    /// <remarks>
    /// proc(5), /proc/(pid)/stat: <c>pid (name) state ppid pgrp session ...</c>; the 22nd field is the start.
    /// </remarks>
    internal static ProcessStat? Read(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            // The name may hold spaces and parentheses of its own.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X") return null;
            return new ProcessStat(processId, int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
