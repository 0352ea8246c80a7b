using System.Globalization;

namespace KernelGateway.Processes.ControlGroups;

/// <summary>The files in which a control group has its limits.</summary>
internal static class ControllerLimit
{
    /// <summary>The controller of memory, in both versions.</summary>
    internal const string Memory = "memory";

    /// <summary>The controller of the number of processes and threads, in both versions.</summary>
    internal const string Processes = "pids";

    /// <summary>Limits the memory of a group. What does not fit is not swapped out either.</summary>
    /// <exception cref="IOException">The system refuses it.</exception>
    internal static void SetMemory(string directory, int version, long bytes)
    {
        var text = bytes.ToString(CultureInfo.InvariantCulture);
        Set(directory, version == 1 ? "memory.limit_in_bytes" : "memory.max", text);
        if (version == 1)
        {
            // The sum of memory and swap, not less than memory alone. It does not exist where swap is not accounted for.
            GroupFile.TryWrite(Path.Combine(directory, "memory.memsw.limit_in_bytes"), text);
            return;
        }

        GroupFile.TryWrite(Path.Combine(directory, "memory.swap.max"), "0");
        // All of them or none: a kernel whose helper process was killed would wait for it.
        GroupFile.TryWrite(Path.Combine(directory, "memory.oom.group"), "1");
    }

    /// <summary>Limits the number of processes and threads of a group.</summary>
    /// <exception cref="IOException">The system refuses it.</exception>
    internal static void SetProcesses(string directory, int count) =>
        Set(directory, "pids.max", count.ToString(CultureInfo.InvariantCulture));

    private static void Set(string directory, string file, string text)
    {
        if (!GroupFile.TryWrite(Path.Combine(directory, file), text))
            throw new IOException($"The limit {text} cannot be written to '{Path.Combine(directory, file)}'.");
    }
}
