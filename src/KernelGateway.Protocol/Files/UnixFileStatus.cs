namespace KernelGateway.Protocol.Files;

/// <summary>The status of a file, as the system reports it.</summary>
/// <param name="Type">The kind of file.</param>
/// <param name="Mode">The permissions.</param>
/// <param name="OwnerId">The id of its owner.</param>
/// <param name="INode">Its number in its file system.</param>
internal readonly record struct UnixFileStatus(UnixFileType Type, UnixFileMode Mode, uint OwnerId, ulong INode);
