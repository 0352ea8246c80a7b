using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Native;

/// <summary>Files in memory that have no name. Linux only.</summary>
internal static partial class MemoryFile
{
    private const uint CloseOnExec = 1;            // MFD_CLOEXEC

    /// <summary>Creates a file with a content.</summary>
    /// <param name="label">What it is called in /proc.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    internal static SafeFileHandle Create(string label, ReadOnlySpan<byte> content)
    {
        var descriptor = CreateRaw(label, CloseOnExec);
        if (descriptor < 0)
            throw new IOException($"memfd_create failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            RandomAccess.Write(file, content, fileOffset: 0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int CreateRaw(string label, uint flags);
}
