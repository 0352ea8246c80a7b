using System.Globalization;
using KernelGateway.Processes.Limits;

namespace KernelGateway.Server.Configuration;

/// <summary>Reads limits from the command line.</summary>
internal static class LimitText
{
    /// <summary>Reads a size of memory: a number of bytes, or a number with K, M, G or T, which are powers of 1024.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">The text; null when the option is not given.</param>
    /// <returns>The number of bytes as a setting; null when the option is not given.</returns>
    /// <exception cref="SettingsException">It is no size, or too small.</exception>
    public static string? ParseMemory(string option, string? text)
    {
        if (text is null) return null;
        if (ProcessLimits.ParseBytes(text) is not { } bytes)
        {
            throw new SettingsException(
                $"{option}: '{text}' is not a size; it is a number of bytes, or a number with K, M, G or T, such as 512M.");
        }

        if (ProcessLimits.FindMemoryProblem(bytes) is { } problem) throw new SettingsException($"{option}: '{text}' {problem}.");
        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a number of processes.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">The text; null when the option is not given.</param>
    /// <returns>The number as a setting; null when the option is not given.</returns>
    /// <exception cref="SettingsException">It is no number, or too small.</exception>
    public static string? ParseProcesses(string option, string? text)
    {
        if (text is null) return null;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
            throw new SettingsException($"{option}: '{text}' is not a number of processes, such as 64.");
        if (ProcessLimits.FindProcessProblem(count) is { } problem) throw new SettingsException($"{option}: '{text}' {problem}.");
        return count.ToString(CultureInfo.InvariantCulture);
    }
}
