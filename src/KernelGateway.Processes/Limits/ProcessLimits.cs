using System.Globalization;

namespace KernelGateway.Processes.Limits;

/// <summary>What a process, and all that it starts, may use together.</summary>
/// <param name="MemoryBytes">How much memory, in bytes; null for no limit.</param>
/// <param name="Processes">How many processes and threads; null for no limit.</param>
internal sealed record ProcessLimits(long? MemoryBytes, int? Processes)
{
    /// <summary>The smallest limit of memory: enough for a shell.</summary>
    internal const long MinMemoryBytes = 16 << 20;

    /// <summary>The smallest limit of processes.</summary>
    internal const int MinProcesses = 1;

    private const string Units = "KMGT";
    private const int BitsOfUnit = 10;
    private const long Mebibyte = 1 << 20;
    private const long Gibibyte = 1 << 30;

    /// <summary>Gets whether nothing is limited.</summary>
    internal bool IsEmpty => MemoryBytes is null && Processes is null;

    /// <summary>
    /// Returns why the memory limit is impossible, as the rest of a sentence that begins with it; null when it is possible.
    /// </summary>
    internal static string? FindMemoryProblem(long? bytes) =>
        bytes < MinMemoryBytes ? $"is less than {Format(MinMemoryBytes)}, the smallest limit" : null;

    /// <summary>Returns why the limit of processes is impossible, likewise; null when it is possible.</summary>
    internal static string? FindProcessProblem(int? processes) =>
        processes < MinProcesses ? $"is less than {MinProcesses}" : null;

    /// <summary>
    /// Reads a number of bytes, or a number with K, M, G or T, which are powers of 1024; null when it is neither, or too large.
    /// </summary>
    internal static long? ParseBytes(string text)
    {
        var unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = unit < 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
        var factor = 1L << (BitsOfUnit * (unit + 1));
        return Math.Abs((decimal)number) <= long.MaxValue / factor ? number * factor : null;
    }

    /// <summary>Writes a number of bytes with a unit, as in "300 MiB".</summary>
    internal static string Format(long bytes)
    {
        var (number, unit) = bytes switch
        {
            >= Gibibyte when bytes % Gibibyte == 0 => (bytes / Gibibyte, "GiB"),
            >= Mebibyte when bytes % Mebibyte == 0 => (bytes / Mebibyte, "MiB"),
            _ => (bytes, "bytes"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");
    }
}
