namespace KernelGateway.Protocol.Files;

/// <summary>What the system says of a file.</summary>
/// <param name="Type">What kind of file it is.</param>
/// <param name="Mode">Who may do what with it.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="INode">Its number in its file system.</param>
internal readonly record struct UnixFileStatus(UnixFileType Type, UnixFileMode Mode, uint OwnerId, ulong INode);
