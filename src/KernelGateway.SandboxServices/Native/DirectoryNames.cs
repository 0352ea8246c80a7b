using System.Runtime.InteropServices;
using KernelGateway.Protocol.Files;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Native;

/// <summary>One name in a directory.</summary>
/// <param name="Name">The name's bytes, with NUL at the end.</param>
/// <param name="Type">The type of the file; null when the file system does not say.</param>
internal readonly record struct DirectoryName(byte[] Name, UnixFileType? Type);

/// <summary>Reads the names in a directory as bytes. .NET's own enumeration cannot show names that are not UTF-8.</summary>
internal static unsafe partial class DirectoryNames
{
    // struct dirent of glibc and musl:   | ino 8 | off 8 | reclen 2 | type 1 at 18 | name at 19, ends with NUL |
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private static readonly byte[] Self = [(byte)'.', 0];

    /// <summary>Reads all names but "." and "..", in no order.</summary>
    /// <param name="directory">The directory, by whatever kind of handle.</param>
    /// <param name="error">The error number, zero for success. With an error, the list may lack names.</param>
    internal static List<DirectoryName> Read(SafeFileHandle directory, out int error)
    {
        var names = new List<DirectoryName>();
        // A position of its own, and closedir closes it.
        using var own = LibC.OpenAt(directory, Self, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out error);
        if (own is null) return names;
        var stream = OpenStream((int)own.DangerousGetHandle());
        if (stream == 0)
        {
            error = Marshal.GetLastPInvokeError();
            return names;
        }

        own.SetHandleAsInvalid();
        try
        {
            while (true)
            {
                // The marshaller sets errno to zero before the call, so that the end of the directory and a failure differ.
                var entry = ReadEntry(stream);
                if (entry is null) break;
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) continue;
                var type = entry[TypeOffset];
                names.Add(new DirectoryName([.. name, 0], type == 0 ? null : (UnixFileType)type));
            }

            error = Marshal.GetLastPInvokeError();
            return names;
        }
        finally
        {
            _ = CloseStream(stream);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* ReadEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);
}
