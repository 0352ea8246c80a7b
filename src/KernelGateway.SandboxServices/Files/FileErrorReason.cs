namespace KernelGateway.SandboxServices.Files;

/// <summary>Why an operation on files failed.</summary>
/// <remarks>
/// Each value names the HTTP status that E2B's <c>/files</c> routes have for it and the code that its Connect services have for
/// it (in this order). Where an operation has a code of its own for a reason, the value says so.
/// </remarks>
public enum FileErrorReason
{
    /// <summary>The system reported an error that no other value describes. 500, <c>internal</c>.</summary>
    Other,

    /// <summary>
    /// The path contains NUL or half a surrogate pair, names another user's home, or ends in "." or "..". 400,
    /// <c>invalid_argument</c>.
    /// </summary>
    InvalidPath,

    /// <summary>
    /// The path has more than 4,095 bytes, or a name in it more than the file system allows. 400, <c>invalid_argument</c>.
    /// </summary>
    PathTooLong,

    /// <summary>Nothing is there. A symbolic link that leads nowhere counts as nothing. 404, <c>not_found</c>.</summary>
    NotFound,

    /// <summary>There is a directory already. 409, <c>already_exists</c>.</summary>
    AlreadyExists,

    /// <summary>
    /// What should be a directory is something else. 400, <c>invalid_argument</c>; 500 when an upload finds it among the parents
    /// of its target.
    /// </summary>
    NotADirectory,

    /// <summary>What should be a file is a directory. 400, <c>invalid_argument</c>.</summary>
    IsADirectory,

    /// <summary>What should be a regular file is a pipe, a device or a socket. 400, <c>invalid_argument</c>.</summary>
    NotARegularFile,

    /// <summary>
    /// Symbolic links lead in a circle or are too many, or the path leads through a link of /proc to what a process has open.
    /// 400, <c>failed_precondition</c>.
    /// </summary>
    LinkLoop,

    /// <summary>The user or the service has no right to do it. 403, <c>permission_denied</c>.</summary>
    PermissionDenied,

    /// <summary>The disk or the user's quota is full. 507, <c>resource_exhausted</c>.</summary>
    NoSpace,

    /// <summary>
    /// The content is larger than the file system or the limit of the process allows. 507, <c>resource_exhausted</c>.
    /// </summary>
    FileTooLarge,

    /// <summary>The file system is mounted read-only. 500, <c>internal</c>.</summary>
    ReadOnlyFileSystem,

    /// <summary>Source and destination are in different file systems. 500, <c>internal</c>.</summary>
    CrossDevice,

    /// <summary>
    /// A directory that should be replaced or removed has entries, also after repeated attempts. 500, <c>internal</c>.
    /// </summary>
    NotEmpty,

    /// <summary>The file is in use: a mount point, or a program that is running. 500, <c>internal</c>.</summary>
    Busy,

    /// <summary>One file is both source and destination. 400, <c>invalid_argument</c>.</summary>
    SameFile,

    /// <summary>Metadata have a key or a value that is not allowed, or are too large. 400, <c>invalid_argument</c>.</summary>
    InvalidMetadata,

    /// <summary>
    /// The directory is in a network file system, in which changes cannot be seen. 400, <c>invalid_argument</c>.
    /// </summary>
    NetworkFileSystem,

    /// <summary>A limit of the system is reached: open files, watches or instances of inotify. 500, <c>internal</c>.</summary>
    LimitReached,
}
