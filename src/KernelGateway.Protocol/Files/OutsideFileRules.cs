namespace KernelGateway.Protocol.Files;

/// <summary>The conditions for a file, in addition to being a regular file.</summary>
[Flags]
internal enum OutsideFileRules
{
    /// <summary>No further condition.</summary>
    None = 0,

    /// <summary>The path itself must not be a symbolic link.</summary>
    NoLink = 1,

    /// <summary>The file must belong to the user that the process runs as.</summary>
    OwnedByUs = 2,

    /// <summary>Users outside the file's group must have no permission, and the group must not be able to change the file.</summary>
    NotForOthers = 4,
}
