using KernelGateway.SandboxServices.Files;

namespace KernelGateway.SandboxServices.Watching;

/// <summary>What happened to a file.</summary>
public enum WatchEventKind
{
    /// <summary>It was created, or moved to this place.</summary>
    Create,

    /// <summary>It was moved away from this place.</summary>
    Rename,

    /// <summary>Mode, owner, times or extended attributes changed.</summary>
    Chmod,

    /// <summary>Its content changed.</summary>
    Write,

    /// <summary>It was removed.</summary>
    Remove,

    /// <summary>
    /// Events were lost, because they came faster than they were read, or because a new directory could not be watched: the
    /// system has no watch left, or the watched directory is not at its path any more. What is
    /// there can only be found out by listing it.
    /// </summary>
    Overflow,
}

/// <summary>Something that happened in a watched directory.</summary>
public sealed record WatchEvent
{
    /// <summary>Gets what happened.</summary>
    public required WatchEventKind Kind { get; init; }

    /// <summary>Gets the path relative to the watched directory; "." for that directory itself and for an overflow.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Gets the description of the file when the event was taken. It is there if it was asked for, the kind is Create, Write or
    /// Chmod, and the file was still there.
    /// </summary>
    public FileEntry? Entry { get; init; }
}
