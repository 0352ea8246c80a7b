namespace KernelGateway.Protocol.Files;

/// <summary>How a file is opened.</summary>
[Flags]
internal enum UnixOpenModes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>For reading.</summary>
    Read = 1,

    /// <summary>For writing.</summary>
    Write = 2,

    /// <summary>Fail when the path itself is a symbolic link.</summary>
    NoLink = 4,

    /// <summary>Fail when the path is not a directory.</summary>
    Directory = 8,
}
