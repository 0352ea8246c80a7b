using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>The last part of a file with the output of a program.</summary>
internal static class LogTail
{
    private const int MaxBytes = 4096;

    internal static string Read(SafeFileHandle log)
    {
        var length = RandomAccess.GetLength(log);
        var buffer = new byte[Math.Min(length, MaxBytes)];
        var count = RandomAccess.Read(log, buffer, Math.Max(0, length - buffer.Length));
        return Encoding.UTF8.GetString(buffer, 0, count).Trim();
    }
}
