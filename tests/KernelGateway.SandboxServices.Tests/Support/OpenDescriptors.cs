namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>The open descriptors of this process.</summary>
public static class OpenDescriptors
{
    /// <summary>Lists the open files and directories in a folder, so that those of parallel tests are not counted.</summary>
    public static IReadOnlyList<string> Below(string folder) =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "")
            .Where(target => target.StartsWith(folder, StringComparison.Ordinal))];
}
