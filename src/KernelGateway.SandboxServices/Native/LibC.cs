using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Native;

/// <summary>
/// The calls of the C library about files, for which .NET has no public API. Names and paths are bytes that end with NUL. A call
/// that fails gives the error number (<see cref="ErrorNumber"/>). Linux only.
/// </summary>
internal static unsafe partial class LibC
{
    private const int WorkingDirectory = -100;             // AT_FDCWD
    private const int EmptyPath = 0x1000;                  // AT_EMPTY_PATH
    private const int NoFollow = 0x100;                    // AT_SYMLINK_NOFOLLOW
    private const int RemoveDirectoryFlag = 0x200;         // AT_REMOVEDIR
    private const nint SystemCallOpenAt2 = 437;
    private const nint SystemCallAccessAt2 = 439;          // faccessat2
    private const int EffectiveAccess = 0x200;             // AT_EACCESS: with the ids of the thread
    private const ulong NoMagicLinks = 2;                  // RESOLVE_NO_MAGICLINKS
    private const ulong NoLinks = 4;                       // RESOLVE_NO_SYMLINKS, which includes the former

    private static readonly byte[] Nothing = [0];
    private static readonly byte[] Root = "/\0"u8.ToArray();

    private static readonly Lazy<bool> HasOpenAt2 = new(() =>
    {
        using var handle = OpenAt2(null, Root, OpenFlags.PathOnly | OpenFlags.CloseOnExec, NoMagicLinks, out _);
        return handle is not null;
    });

    /// <summary>Gets whether paths can be resolved without the links of /proc that lead anywhere (openat2, Linux 5.6).</summary>
    internal static bool ResolvesSafely => HasOpenAt2.Value;

    /// <summary>
    /// Opens what a path leads to. Symbolic links are followed, but not the links of /proc to open files and directories of
    /// processes ("magic links"): those of this process would give away what it has open.
    /// </summary>
    /// <param name="directory">Where a relative path begins; null for an absolute path.</param>
    /// <param name="path">The path.</param>
    /// <param name="flags">Values of <see cref="OpenFlags"/>. The descriptor is close-on-exec in any case.</param>
    /// <param name="error">The error number, zero for success.</param>
    internal static SafeFileHandle? Resolve(SafeFileHandle? directory, byte[] path, int flags, out int error) =>
        ResolvesSafely
            ? OpenAt2(directory, path, flags | OpenFlags.CloseOnExec, NoMagicLinks, out error)
            : OpenAt(directory, path, flags, 0, out error);

    /// <summary>Opens what a relative path leads to without any link.</summary>
    internal static SafeFileHandle? ResolveWithoutLinks(SafeFileHandle directory, byte[] path, int flags, out int error) =>
        ResolvesSafely
            ? OpenAt2(directory, path, flags | OpenFlags.CloseOnExec, NoLinks, out error)
            : OpenAt(directory, path, flags | OpenFlags.NoFollow, 0, out error);

    /// <summary>Opens or creates an entry of a directory.</summary>
    internal static SafeFileHandle? OpenAt(SafeFileHandle? directory, byte[] name, int flags, uint mode, out int error)
    {
        using var descriptor = new Descriptor(directory);
        while (true)
        {
            var result = OpenAtRaw(descriptor.Value, name, flags | OpenFlags.CloseOnExec, mode);
            error = result >= 0 ? 0 : Marshal.GetLastPInvokeError();
            if (result >= 0) return new SafeFileHandle(result, ownsHandle: true);
            if (error != ErrorNumber.Interrupted) return null;
        }
    }

    /// <summary>Examines an open file.</summary>
    internal static FileStatus? Describe(SafeFileHandle file, out int error)
    {
        var buffer = stackalloc byte[FileStatus.BufferBytes];
        error = Result(Statx(file, Nothing, EmptyPath, FileStatus.Fields, buffer));
        return error == 0 ? FileStatus.Read(buffer) : null;
    }

    /// <summary>Examines an entry of a directory; a symbolic link is not followed.</summary>
    internal static FileStatus? DescribeEntry(SafeFileHandle directory, byte[] name, out int error)
    {
        var buffer = stackalloc byte[FileStatus.BufferBytes];
        error = Result(Statx(directory, name, NoFollow, FileStatus.Fields, buffer));
        return error == 0 ? FileStatus.Read(buffer) : null;
    }

    /// <summary>
    /// Gets the magic number of the file system of an open file (statfs.f_type); zero when it cannot be found out.
    /// </summary>
    internal static uint GetFileSystemType(SafeFileHandle file)
    {
        // struct statfs begins with f_type, a long; the whole is 120 bytes.
        var buffer = stackalloc long[64];
        return FileSystemStatus(file, buffer) == 0 ? (uint)buffer[0] : 0;
    }

    internal static int MakeDirectory(SafeFileHandle directory, byte[] name, uint mode) =>
        Result(MakeDirectoryAt(directory, name, mode));

    internal static int RemoveFile(SafeFileHandle directory, byte[] name) => Result(UnlinkAt(directory, name, 0));

    internal static int RemoveDirectory(SafeFileHandle directory, byte[] name) =>
        Result(UnlinkAt(directory, name, RemoveDirectoryFlag));

    internal static int Rename(SafeFileHandle fromDirectory, byte[] from, SafeFileHandle toDirectory, byte[] to) =>
        Result(RenameAt(fromDirectory, from, toDirectory, to));

    /// <summary>
    /// Changes owner and group of an open file, also of one that was opened with <see cref="OpenFlags.PathOnly"/>.
    /// </summary>
    internal static int ChangeOwner(SafeFileHandle file, uint userId, uint groupId) =>
        Result(ChangeOwnerAt(file, Nothing, userId, groupId, EmptyPath));

    /// <summary>Changes the mode by the path that <see cref="ProcessPath"/> gave.</summary>
    internal static int ChangeMode(byte[] path, uint mode) => Result(ChangeModeRaw(path, mode));

    internal static int Truncate(SafeFileHandle file, long length = 0) => Result(TruncateRaw(file, length));

    /// <summary>
    /// Gets whether the calling thread may use an open file in this way (a sum of R_OK, W_OK and X_OK). True where the system
    /// cannot tell.
    /// </summary>
    internal static bool MayAccess(SafeFileHandle file, int mode)
    {
        using var descriptor = new Descriptor(file);
        fixed (byte* path = Nothing)
        {
            if (SystemCall(SystemCallAccessAt2, descriptor.Value, (nint)path, mode, EffectiveAccess | EmptyPath) == 0)
                return true;
        }

        // Linux before 5.8 does not have the call, and old container runtimes refuse calls that they do not know.
        return Marshal.GetLastPInvokeError() is ErrorNumber.NotImplemented or ErrorNumber.NotPermitted;
    }

    /// <summary>Reads where a symbolic link leads to; null when it is not possible.</summary>
    internal static byte[]? ReadLink(byte[] path)
    {
        var buffer = new byte[4096];
        fixed (byte* start = buffer)
        {
            var length = ReadLinkRaw(path, start, (nuint)buffer.Length);
            return length < 0 ? null : buffer[..(int)length];
        }
    }

    /// <summary>Gives a path that leads to exactly the open file, for the calls that take paths only.</summary>
    internal static byte[] ProcessPath(SafeFileHandle file)
    {
        using var descriptor = new Descriptor(file);
        return System.Text.Encoding.ASCII.GetBytes($"/proc/self/fd/{descriptor.Value}\0");
    }

    private static int Result(int result) => result >= 0 ? 0 : Marshal.GetLastPInvokeError();

    private static SafeFileHandle? OpenAt2(SafeFileHandle? directory, byte[] path, int flags, ulong resolve, out int error)
    {
        // struct open_how:   | flags 8 | mode 8 | resolve 8 |
        var how = stackalloc ulong[3];
        how[0] = (uint)flags;
        how[1] = 0;
        how[2] = resolve;
        using var descriptor = new Descriptor(directory);
        fixed (byte* start = path)
        {
            while (true)
            {
                var result = SystemCall(SystemCallOpenAt2, descriptor.Value, (nint)start, (nint)how, 3 * sizeof(ulong));
                error = result >= 0 ? 0 : Marshal.GetLastPInvokeError();
                if (result >= 0) return new SafeFileHandle(result, ownsHandle: true);
                if (error is not (ErrorNumber.Interrupted or ErrorNumber.TryAgain)) return null;
            }
        }
    }

    /// <summary>The number of a handle, which stays open meanwhile.</summary>
    private readonly ref struct Descriptor
    {
        private readonly SafeFileHandle? _handle;

        internal Descriptor(SafeFileHandle? handle)
        {
            var added = false;
            handle?.DangerousAddRef(ref added);
            _handle = handle;
        }

        internal int Value => _handle is null ? WorkingDirectory : (int)_handle.DangerousGetHandle();

        public void Dispose() => _handle?.DangerousRelease();
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAtRaw(int directory, byte[] path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(SafeFileHandle directory, byte[] path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FileSystemStatus(SafeFileHandle file, long* buffer);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MakeDirectoryAt(SafeFileHandle directory, byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(SafeFileHandle directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static partial int RenameAt(SafeFileHandle fromDirectory, byte[] from, SafeFileHandle toDirectory, byte[] to);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    private static partial int ChangeOwnerAt(SafeFileHandle directory, byte[] path, uint userId, uint groupId, int flags);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    private static partial int ChangeModeRaw(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int TruncateRaw(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static partial nint ReadLinkRaw(byte[] path, byte* buffer, nuint length);
}
