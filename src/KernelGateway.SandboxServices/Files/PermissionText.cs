using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Native;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Writes a mode as Go's <c>fs.FileMode</c> does, which is not what <c>ls</c> does.</summary>
internal static class PermissionText
{
    internal static string Format(FileStatus status)
    {
        Span<char> text = stackalloc char[16];
        var length = 0;
        // The letters in Go's order; a character device has "D" and "c".
        if (status.Type == UnixFileType.Directory) text[length++] = 'd';
        if (status.Type == UnixFileType.SymbolicLink) text[length++] = 'L';
        if (status.Type is UnixFileType.BlockDevice or UnixFileType.CharacterDevice) text[length++] = 'D';
        if (status.Type == UnixFileType.Pipe) text[length++] = 'p';
        if (status.Type == UnixFileType.Socket) text[length++] = 'S';
        if ((status.Mode & FileStatus.SetUserId) != 0) text[length++] = 'u';
        if ((status.Mode & FileStatus.SetGroupId) != 0) text[length++] = 'g';
        if (status.Type == UnixFileType.CharacterDevice) text[length++] = 'c';
        if ((status.Mode & FileStatus.Sticky) != 0) text[length++] = 't';
        if (length == 0) text[length++] = '-';
        for (var bit = 8; bit >= 0; bit--) text[length++] = (status.Mode >> bit & 1) == 0 ? '-' : "xwr"[bit % 3];
        return new string(text[..length]);
    }
}
