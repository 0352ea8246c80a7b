namespace KernelGateway.SandboxServices.Files;

/// <summary>What a path is.</summary>
public enum FileEntryType
{
    /// <summary>A pipe, a device, a socket, or a symbolic link that leads nowhere.</summary>
    Other,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,
}

/// <summary>One file, directory or symbolic link.</summary>
/// <remarks>
/// A symbolic link is described itself, but <see cref="Type"/>, <see cref="Mode"/> and <see cref="Metadata"/> are those of what
/// it leads to. A byte of a name that does not belong to UTF-8 is a character from U+EF80 to U+EFFF in <see cref="Name"/> and
/// <see cref="Path"/>, whose last 8 bits are the byte; such a path leads back to the file.
/// </remarks>
public sealed record FileEntry
{
    /// <summary>Gets the last element of the path.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the absolute path, as it was asked for.</summary>
    public required string Path { get; init; }

    /// <summary>Gets what it is; for a symbolic link, what it leads to.</summary>
    public required FileEntryType Type { get; init; }

    /// <summary>Gets the size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Gets the permission bits, 0 to 0777; for a symbolic link those of what it leads to, or 0.</summary>
    public required int Mode { get; init; }

    /// <summary>
    /// Gets type, special bits and permissions as Go writes them: <c>-rw-r--r--</c>, <c>dtrwxrwxrwx</c>, <c>Lrwxrwxrwx</c>.
    /// </summary>
    public required string Permissions { get; init; }

    /// <summary>Gets the name of the owner, or the user id in digits when it has no name.</summary>
    public required string Owner { get; init; }

    /// <summary>Gets the name of the group, or the group id in digits when it has no name.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the user id of the owner.</summary>
    public required uint OwnerId { get; init; }

    /// <summary>Gets the group id.</summary>
    public required uint GroupId { get; init; }

    /// <summary>Gets when the content changed last.</summary>
    public required DateTimeOffset ModifiedTime { get; init; }

    /// <summary>Gets when the content was read last, as far as the file system records it.</summary>
    public required DateTimeOffset AccessedTime { get; init; }

    /// <summary>Gets when content, owner, mode or links changed last.</summary>
    public required DateTimeOffset ChangedTime { get; init; }

    /// <summary>
    /// Gets the absolute path that a symbolic link leads to, without further links; its own path when it leads nowhere. Null for
    /// everything else.
    /// </summary>
    public string? SymlinkTarget { get; init; }

    /// <summary>
    /// Gets whether the user may read it, or list and enter the directory; for a symbolic link, what it leads to.
    /// </summary>
    public bool IsReadable { get; init; }

    /// <summary>
    /// Gets whether the user may write it, or change the entries of the directory; for a symbolic link, what it leads to.
    /// </summary>
    public bool IsWritable { get; init; }

    /// <summary>
    /// Gets the metadata: the extended attributes <c>user.e2b.*</c> without this prefix. Values that are not UTF-8 are left out.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } =
        System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
}
