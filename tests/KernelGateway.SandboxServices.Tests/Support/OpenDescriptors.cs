namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>What this process has open.</summary>
public static class OpenDescriptors
{
    /// <summary>Lists the open files and directories in a folder, so that tests that run at the same time do not count.</summary>
    public static IReadOnlyList<string> Below(string folder) =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "")
            .Where(target => target.StartsWith(folder, StringComparison.Ordinal))];
}
