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
}
