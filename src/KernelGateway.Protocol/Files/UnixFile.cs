using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Protocol.Files;

/// <summary>Opens and examines files with the few calls for which .NET has no public API.</summary>
internal static unsafe partial class UnixFile
{
    private const int Interrupted = 4;                     // EINTR
    private const int NotPermitted = 1;                    // EPERM
    private const int NoEntry = 2;                         // ENOENT
    private const int NoDevice = 6;                        // ENXIO: a socket, or a pipe without a reader
    private const int AccessDenied = 13;                   // EACCES
    private const int NotADirectory = 20;                  // ENOTDIR
    private const int WorkingDirectory = -100;             // AT_FDCWD
    private const int EmptyPath = 0x1000;                  // AT_EMPTY_PATH
    private const int DoNotFollow = 0x100;                 // AT_SYMLINK_NOFOLLOW
    private const uint BasicFields = 0x7FF;                // STATX_BASIC_STATS

    // Of the flags of open(2) these two have other numbers on Arm and POWER, and all of them on macOS.
    private static readonly bool HasOldNumbers = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm64 or Architecture.Arm or Architecture.Armv6 or Architecture.Ppc64le;

    private static readonly int DirectoryFlag = OperatingSystem.IsLinux() ? HasOldNumbers ? 0x4000 : 0x10000 : 0x100000;
    private static readonly int NoFollowFlag = OperatingSystem.IsLinux() ? HasOldNumbers ? 0x8000 : 0x20000 : 0x100;
    private static readonly int NonBlockingFlag = OperatingSystem.IsLinux() ? 0x800 : 0x4;
    private static readonly int CloseOnExecFlag = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <summary>Gets the user that the process runs as.</summary>
    public static uint EffectiveUserId => GetEffectiveUserId();

    /// <summary>Opens a file, without ever waiting for another process. The descriptor is close-on-exec.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle Open(string path, UnixOpenModes modes)
    {
        var flags = NonBlockingFlag | CloseOnExecFlag;
        if (modes.HasFlag(UnixOpenModes.Write)) flags |= modes.HasFlag(UnixOpenModes.Read) ? 2 : 1;
        if (modes.HasFlag(UnixOpenModes.NoLink)) flags |= NoFollowFlag;
        if (modes.HasFlag(UnixOpenModes.Directory)) flags |= DirectoryFlag;
        while (true)
        {
            var descriptor = OpenRaw(path, flags);
            if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error) throw ToException(error, path);
        }
    }

    /// <summary>Returns the status of the file to which a path leads.</summary>
    /// <exception cref="IOException">There is nothing, or it cannot be examined.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be examined.</exception>
    public static UnixFileStatus Describe(string path, bool followLink)
    {
        if (path.Contains('\0')) throw new IOException("The path contains a NUL character.");
        return TryDescribe(path, followLink, out var error) ?? throw ToException(error, path);
    }

    /// <summary>Returns the status of the file to which a path leads; null when that is not possible.</summary>
    public static UnixFileStatus? TryDescribe(string path, bool followLink) =>
        path.Contains('\0') ? null : TryDescribe(path, followLink, out _);

    /// <summary>Examines an open file.</summary>
    /// <exception cref="IOException">It cannot be examined.</exception>
    public static UnixFileStatus Describe(SafeFileHandle handle)
    {
        var added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            var descriptor = (int)handle.DangerousGetHandle();
            var buffer = stackalloc byte[256];
            var result = OperatingSystem.IsLinux()
                ? Statx(descriptor, "", EmptyPath, BasicFields, buffer)
                : RuntimeInformation.ProcessArchitecture == Architecture.X64 ? DescriptorStatX64(descriptor, buffer) : DescriptorStat(descriptor, buffer);
            return result == 0 ? Decode(buffer) : throw ToException(Marshal.GetLastPInvokeError(), "the open file");
        }
        finally
        {
            if (added) handle.DangerousRelease();
        }
    }

    /// <summary>Names a type of file, for messages.</summary>
    public static string Name(UnixFileType type) => type switch
    {
        UnixFileType.Regular => "a regular file",
        UnixFileType.Directory => "a directory",
        UnixFileType.Pipe => "a named pipe",
        UnixFileType.Socket => "a socket",
        UnixFileType.SymbolicLink => "a symbolic link",
        UnixFileType.CharacterDevice or UnixFileType.BlockDevice => "a device",
        _ => "a file of unknown type",
    };

    private static UnixFileStatus? TryDescribe(string path, bool followLink, out int error)
    {
        var buffer = stackalloc byte[256];
        var result = OperatingSystem.IsLinux()
            ? Statx(WorkingDirectory, path, followLink ? 0 : DoNotFollow, BasicFields, buffer)
            : PathStat(path, followLink, buffer);
        error = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        return result == 0 ? Decode(buffer) : null;
    }

    private static int PathStat(string path, bool followLink, byte* buffer)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
            return followLink ? StatX64(path, buffer) : LinkStatX64(path, buffer);
        return followLink ? Stat(path, buffer) : LinkStat(path, buffer);
    }

    // Linux, struct statx:      | mask 4 | ... | uid 4 at 20 | gid 4 | mode 2 at 28 | ... | ino 8 at 32 | size 8 at 40 | ...
    // macOS, struct stat64:     | dev 4 | mode 2 at 4 | nlink 2 | ino 8 at 8 | uid 4 at 16 | gid 4 | ...
    private static UnixFileStatus Decode(byte* buffer)
    {
        var isLinux = OperatingSystem.IsLinux();
        var mode = *(ushort*)(buffer + (isLinux ? 28 : 4));
        return new UnixFileStatus(
            (UnixFileType)(mode >> 12),
            (UnixFileMode)(mode & 0xFFF),
            *(uint*)(buffer + (isLinux ? 20 : 16)),
            *(ulong*)(buffer + (isLinux ? 32 : 8)));
    }

    private static Exception ToException(int error, string path) => error switch
    {
        NoEntry or NotADirectory => new FileNotFoundException($"'{path}' does not exist.", path),
        NotPermitted or AccessDenied => new UnauthorizedAccessException($"Access to '{path}' is denied."),
        NoDevice => new IOException($"'{path}' is not a regular file."),
        _ => new IOException($"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
    };

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenRaw(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Stat(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkStat(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int DescriptorStat(int descriptor, byte* buffer);

    // The structure with 64 bits of inode, which macOS on Intel has under other names.
    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX64(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkStatX64(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int DescriptorStatX64(int descriptor, byte* buffer);
}
