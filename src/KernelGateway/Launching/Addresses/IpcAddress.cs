using System.Security.Cryptography;
using System.Text;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching.Addresses;

/// <summary>Makes addresses of Unix sockets: five files <c>(prefix)-1</c> to <c>(prefix)-5</c> in the run directory.</summary>
internal static class IpcAddress
{
    // sun_path has 108 bytes on Linux and 104 on macOS, of which one ends the string.
    private static readonly int MaxPathBytes = OperatingSystem.IsMacOS() ? 103 : 107;

    /// <summary>Returns a fresh address; null when its paths would be too long for Unix sockets.</summary>
    internal static KernelAddress? Create(string directory)
    {
        // A new name each time: messages to a kernel that died must not reach its successor.
        var prefix = Path.Combine(directory, $"ipc-{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
        return Encoding.UTF8.GetByteCount(prefix) + 2 > MaxPathBytes ? null : Existing(prefix);
    }

    /// <summary>Returns the address of sockets that exist, to be deleted when it is given back.</summary>
    internal static KernelAddress Existing(string prefix)
    {
        var suffixes = Enumerable.Range(1, KernelAddress.Channels).ToArray();
        return new KernelAddress(KernelTransport.Ipc, prefix, suffixes, () => Delete(prefix, suffixes));
    }

    // Kernels leave their socket files, whichever way they end.
    private static void Delete(string prefix, int[] suffixes)
    {
        foreach (var suffix in suffixes) PrivateFiles.TryDelete($"{prefix}-{suffix}");
    }
}
