using System.Globalization;

namespace KernelGateway.Processes.Inspection;

/// <summary>Linux's description of a running process.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="State">A letter: R, S, D and T for running, sleeping, waiting and stopped; Z when it has ended and is not reaped
/// yet.</param>
/// <param name="ParentId">The id of its parent.</param>
/// <param name="SessionId">The id of its session: its own when it leads one.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot.</param>
internal sealed record ProcessStat(int ProcessId, char State, int ParentId, int SessionId, long StartTicks)
{
    private static string? _bootId;

    // X is seen for a moment while a process is reaped.
    private bool HasEnded => State is 'Z' or 'X';

    /// <summary>Gets the id of this boot of the system; null when it cannot be read.</summary>
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

    /// <summary>Reads it; null when there is no such process, or it has ended and is not reaped yet.</summary>
    internal static ProcessStat? Read(int processId) => ReadAny(processId) is { HasEnded: false } stat ? stat : null;

    /// <summary>Reads all visible processes but those that have ended and are not reaped yet.</summary>
    internal static IEnumerable<ProcessStat> Running() => All().Where(stat => !stat.HasEnded);

    /// <summary>Reads all visible processes.</summary>
    internal static IEnumerable<ProcessStat> All()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                && ReadAny(processId) is { } stat)
            {
                yield return stat;
            }
        }
    }

    /// <summary>Reads it; null when there is no such process.</summary>
    /// <remarks>
    /// proc(5), /proc/(pid)/stat: <c>pid (name) state ppid pgrp session ...</c>; the 22nd field is the start.
    /// </remarks>
    internal static ProcessStat? ReadAny(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            // The name may contain spaces and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessStat(
                processId,
                fields[0][0],
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                int.Parse(fields[3], CultureInfo.InvariantCulture),
                long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
