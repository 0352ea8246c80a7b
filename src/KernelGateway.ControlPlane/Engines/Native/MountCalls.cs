using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>The system calls about mounts and mount namespaces. Linux only.</summary>
internal static unsafe partial class MountCalls
{
    private const int WorkingDirectory = -100;              // AT_FDCWD
    private const int EmptyPath = 0x1000;                   // AT_EMPTY_PATH
    private const int NewMountNamespace = 0x20000;          // CLONE_NEWNS
    private const int OwnFileSystemState = 0x200;           // CLONE_FS: the namespace of one thread needs it
    private const nuint Private = 0x44000;                  // MS_PRIVATE | MS_REC
    private const nuint NoSetUserId = 2;                    // MS_NOSUID
    private const nuint NoDevices = 4;                      // MS_NODEV

    // The numbers are the same on all architectures.
    private const nint SystemCallOpenTree = 428;
    private const nint SystemCallMoveMount = 429;
    private const nint SystemCallMountSetAttributes = 442;
    private const nint CloneTree = 1 | 0x80000;             // OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC
    private const nint MoveFromEmptyPath = 4;               // MOVE_MOUNT_F_EMPTY_PATH
    private const ulong AttributeReadOnly = 1;              // MOUNT_ATTR_RDONLY
    private const ulong AttributeNoSetUserId = 2;           // MOUNT_ATTR_NOSUID
    private const ulong AttributeNoDevices = 4;             // MOUNT_ATTR_NODEV
    private const ulong AttributeIdMap = 0x100000;          // MOUNT_ATTR_IDMAP

    /// <summary>
    /// Runs work while the calling thread, and the processes that it starts, have mounts that no other process sees.
    /// </summary>
    /// <exception cref="IOException">The system refuses it.</exception>
    internal static T RunInPrivateNamespace<T>(Func<T> work)
    {
        using var former = LibC.OpenPipeEnd("/proc/thread-self/ns/mnt", forReadingOnly: true)
            ?? throw new IOException("The namespace of mounts cannot be opened.");
        Check(Unshare(NewMountNamespace | OwnFileSystemState), "A mount namespace cannot be created");
        try
        {
            Check(MountRaw("none", "/", null, Private, null), "The mounts cannot be made private");
            return work();
        }
        finally
        {
            // It fails if a thread was created meanwhile; the mounts then end with that thread.
            _ = EnterNamespace((int)former.DangerousGetHandle(), NewMountNamespace);
        }
    }

    /// <summary>Mounts an overlay.</summary>
    /// <exception cref="IOException">The system refuses it.</exception>
    internal static void MountOverlay(string lower, string upper, string work, string target) =>
        Check(
            MountRaw("overlay", target, "overlay", NoSetUserId | NoDevices, $"lowerdir={lower},upperdir={upper},workdir={work}"),
            $"The overlay of '{lower}' and '{upper}' cannot be mounted");

    /// <summary>Makes a directory appear at a second place, without the mounts below it.</summary>
    /// <param name="source">The directory.</param>
    /// <param name="target">The second place, a directory.</param>
    /// <param name="isReadOnly">Whether it cannot be written there.</param>
    /// <param name="userNamespace">The user namespace whose map shifts the owners of the files; null for none.</param>
    /// <exception cref="IOException">The system refuses it, such as for a file system that cannot shift owners.</exception>
    internal static void Bind(string source, string target, bool isReadOnly, SafeFileHandle? userNamespace = null)
    {
        fixed (byte* path = Text(source))
        fixed (byte* place = Text(target))
        fixed (byte* nothing = Text(""))
        {
            var descriptor = (int)SystemCall(SystemCallOpenTree, WorkingDirectory, (nint)path, CloneTree, 0, 0);
            Check(descriptor < 0 ? -1 : 0, $"'{source}' cannot be opened as a mount");
            using var tree = new SafeFileHandle(descriptor, ownsHandle: true);

            // struct mount_attr:   | set 8 | clear 8 | propagation 8 | user namespace 8 |
            var attributes = stackalloc ulong[4];
            attributes[0] = AttributeNoSetUserId | AttributeNoDevices | (isReadOnly ? AttributeReadOnly : 0);
            if (userNamespace is not null)
            {
                attributes[0] |= AttributeIdMap;
                attributes[3] = (ulong)userNamespace.DangerousGetHandle();
            }

            const nint Size = 4 * sizeof(ulong);
            Check(
                (int)SystemCall(SystemCallMountSetAttributes, descriptor, (nint)nothing, EmptyPath, (nint)attributes, Size),
                $"The mount of '{source}' cannot be made safe, or the owners of its files cannot be shifted");
            Check(
                (int)SystemCall(SystemCallMoveMount, descriptor, (nint)nothing, WorkingDirectory, (nint)place, MoveFromEmptyPath),
                $"'{source}' cannot be mounted at '{target}'");
        }
    }

    /// <summary>Gets the size of a file system and what is free of it, in bytes; null when it cannot be examined.</summary>
    internal static (long Total, long Free)? GetSpace(string path)
    {
        // struct statfs of 64-bit systems:   | type 8 | block size 8 | blocks 8 | free 8 | available 8 | ...
        var buffer = stackalloc long[32];
        return FileSystemStatus(path, buffer) == 0 ? (buffer[2] * buffer[1], buffer[3] * buffer[1]) : null;
    }

    private static byte[] Text(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text), 0];

    private static void Check(int result, string problem)
    {
        if (result != 0) throw new IOException($"{problem}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int EnterNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MountRaw(string source, string target, string? type, nuint flags, string? options);

    [LibraryImport("libc", EntryPoint = "statfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileSystemStatus(string path, long* buffer);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}
