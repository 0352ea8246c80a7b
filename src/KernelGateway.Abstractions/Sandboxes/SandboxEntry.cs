namespace KernelGateway.Sandboxes;

/// <summary>A file or directory of a sandbox.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="IsDirectory">Whether it is a directory, or a symbolic link to one.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="ModifiedAt">When its content was changed last, UTC; null when that is not known.</param>
public sealed record SandboxEntry(string Path, bool IsDirectory, long Size, DateTimeOffset? ModifiedAt)
{
    /// <summary>Gets the name: the last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}
