using System.Globalization;

namespace KernelGateway.Processes.Inspection;

/// <summary>What a process does when it gets a signal.</summary>
internal enum SignalAction
{
    /// <summary>What the system does by default.</summary>
    Default,

    /// <summary>Nothing.</summary>
    Ignored,

    /// <summary>It runs code of its own.</summary>
    Handled,
}

/// <summary>Finds out what processes do when they get a signal. Linux only.</summary>
internal static class SignalActions
{
    /// <summary>Reads it; null when there is no such process.</summary>
    internal static SignalAction? Read(int processId, int signal)
    {
        try
        {
            return Parse(File.ReadLines($"/proc/{processId}/status"), signal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads it out of the lines of <c>/proc/(pid)/status</c>.</summary>
    internal static SignalAction Parse(IEnumerable<string> status, int signal)
    {
        // proc(5), /proc/(pid)/status:   SigIgn:  0000000000001000, a bit for each signal, the lowest for signal 1
        foreach (var line in status)
        {
            if (Contains(line, "SigIgn:")) return SignalAction.Ignored;
            if (Contains(line, "SigCgt:")) return SignalAction.Handled;
        }

        return SignalAction.Default;

        bool Contains(string line, string label) =>
            line.StartsWith(label, StringComparison.Ordinal)
            && ulong.TryParse(line.AsSpan(label.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set)
            && (set >> (signal - 1) & 1) != 0;
    }
}
