namespace KernelGateway.Protocol.Files;

/// <summary>The kinds of files; the values are those of the upper four bits of <c>st_mode</c>.</summary>
internal enum UnixFileType
{
    /// <summary>Something that the file system of another system has put there.</summary>
    Unknown = 0,

    /// <summary>A named pipe.</summary>
    Pipe = 1,

    /// <summary>A character device.</summary>
    CharacterDevice = 2,

    /// <summary>A directory.</summary>
    Directory = 4,

    /// <summary>A block device.</summary>
    BlockDevice = 6,

    /// <summary>A regular file.</summary>
    Regular = 8,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 10,

    /// <summary>A socket.</summary>
    Socket = 12,
}
