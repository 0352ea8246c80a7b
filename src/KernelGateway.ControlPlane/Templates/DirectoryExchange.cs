using System.Runtime.InteropServices;

namespace KernelGateway.ControlPlane.Templates;

/// <summary>Exchanges the names of two directories at one instant.</summary>
internal static partial class DirectoryExchange
{
    private const int WorkingDirectory = -100;     // AT_FDCWD
    private const uint Exchange = 2;               // RENAME_EXCHANGE of renameat2(2)

    /// <summary>Exchanges them; false when the system or the file system cannot.</summary>
    internal static bool TryExchange(string one, string other)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return Rename(WorkingDirectory, one, WorkingDirectory, other, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.28.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int oneDirectory, string one, int otherDirectory, string other, uint flags);
}
