namespace KernelGateway.FunctionalTests.Support;

/// <summary>Queries the processes of the machine.</summary>
internal static class ProcessTable
{
    /// <summary>Returns whether a process runs. A zombie process does not count as running.</summary>
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

    /// <summary>Returns the processes that were started with a variable in their environment.</summary>
    /// <param name="variable">The variable, as <c>NAME=value</c>.</param>
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
            // The process has exited or belongs to another user.
            return false;
        }
    }
}
