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
        if (status.Type == NativeFileType.Directory) text[length++] = 'd';
        if (status.Type == NativeFileType.SymbolicLink) text[length++] = 'L';
        if (status.Type is NativeFileType.BlockDevice or NativeFileType.CharacterDevice) text[length++] = 'D';
        if (status.Type == NativeFileType.Pipe) text[length++] = 'p';
        if (status.Type == NativeFileType.Socket) text[length++] = 'S';
        if ((status.Mode & FileStatus.SetUserId) != 0) text[length++] = 'u';
        if ((status.Mode & FileStatus.SetGroupId) != 0) text[length++] = 'g';
        if (status.Type == NativeFileType.CharacterDevice) text[length++] = 'c';
        if ((status.Mode & FileStatus.Sticky) != 0) text[length++] = 't';
        if (length == 0) text[length++] = '-';
        for (var bit = 8; bit >= 0; bit--) text[length++] = (status.Mode >> bit & 1) == 0 ? '-' : "xwr"[bit % 3];
        return new string(text[..length]);
    }
}
