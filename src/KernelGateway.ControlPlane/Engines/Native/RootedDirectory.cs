using System.Runtime.InteropServices;
using System.Text;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>
/// A directory below the root directory of a sandbox, found without leaving it: absolute links begin at the root, and none leads out.
/// </summary>
internal sealed unsafe partial class RootedDirectory : IDisposable
{
    private const int PathOnlyDirectory = 0x200000 | 0x10000 | 0x80000;  // O_PATH | O_DIRECTORY | O_CLOEXEC
    private const ulong InRoot = 0x10 | 0x02;               // RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
    private const nint SystemCallOpenAt2 = 437;
    private const int NoFollow = 0x100;                     // AT_SYMLINK_NOFOLLOW
    private const int Exists = 17;                          // EEXIST
    private const int Ok = 0;

    private readonly SafeFileHandle _handle;

    private RootedDirectory(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens it; null when it does not exist.</summary>
    /// <param name="root">The root directory.</param>
    /// <param name="path">The path below it.</param>
    internal static RootedDirectory? TryOpen(string root, string path)
    {
        using var rootHandle = LibC.OpenPipeEnd(root, forReadingOnly: true);
        if (rootHandle is null) return null;
        // struct open_how:   | flags 8 | mode 8 | resolve 8 |
        var how = stackalloc ulong[3] { PathOnlyDirectory, 0, InRoot };
        fixed (byte* start = Encoding.UTF8.GetBytes(path + "\0"))
        {
            var descriptor = SystemCall(SystemCallOpenAt2, rootHandle.DangerousGetHandle(), (nint)start, (nint)how, 3 * sizeof(ulong));
            return descriptor < 0 ? null : new RootedDirectory(new SafeFileHandle(descriptor, ownsHandle: true));
        }
    }

    /// <summary>Makes a symbolic link; false when that is not possible.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">Where it leads.</param>
    /// <param name="owner">Its user and group.</param>
    /// <param name="replaces">Whether a file of the name is removed. A directory never is.</param>
    internal bool TryLink(string name, string target, uint owner, bool replaces)
    {
        if (IsLinkTo(name, target)) return true;
        var error = Link(target, name);
        if (error == Exists && replaces && Unlink(_handle, name, 0) == 0) error = Link(target, name);
        return error == Ok && ChangeOwner(_handle, name, owner, owner, NoFollow) == 0;
    }

    public void Dispose() => _handle.Dispose();

    private int Link(string target, string name) => MakeLink(target, _handle, name) == 0 ? Ok : Marshal.GetLastPInvokeError();

    private bool IsLinkTo(string name, string target)
    {
        var expected = Encoding.UTF8.GetBytes(target);
        // One byte more, by which a longer target is noticed.
        var buffer = new byte[expected.Length + 1];
        fixed (byte* start = buffer)
        {
            var length = ReadLink(_handle, name, start, (nuint)buffer.Length);
            return length == expected.Length && buffer.AsSpan(0, expected.Length).SequenceEqual(expected);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "symlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MakeLink(string target, SafeFileHandle directory, string name);

    [LibraryImport("libc", EntryPoint = "unlinkat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(SafeFileHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLink(SafeFileHandle directory, string name, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "fchownat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(SafeFileHandle directory, string name, uint userId, uint groupId, int flags);
}
