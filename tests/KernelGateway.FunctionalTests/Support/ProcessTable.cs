namespace KernelGateway.FunctionalTests.Support;

/// <summary>Looks at processes of the machine.</summary>
internal static class ProcessTable
{
    /// <summary>Says whether a process runs. One that has ended and waits for its parent's attention does not.</summary>
    public static bool IsRunning(string processId)
    {
        try
        {
            return !File.ReadLines($"/proc/{processId}/status").Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Gives the processes that were started with a variable in their environment.</summary>
    /// <param name="variable">Its name and value, as in <c>NAME=value</c>.</param>
    public static IReadOnlyList<string> WithVariable(string variable) =>
        [.. Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)).Where(process => HasVariable(process, variable) && IsRunning(process))];

    private static bool HasVariable(string process, string variable)
    {
        try
        {
            return int.TryParse(process, out _) && File.ReadAllText($"/proc/{process}/environ").Split('\0').Contains(variable, StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return false;
        }
    }
}
