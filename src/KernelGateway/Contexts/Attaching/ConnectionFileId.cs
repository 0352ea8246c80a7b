using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.Contexts.Attaching;

/// <summary>Derives the id of a kernel from the path of its connection file.</summary>
internal static class ConnectionFileId
{
    private const string Prefix = "kernel-";

    /// <summary>
    /// The GUID in <c>kernel-GUID.json</c>, which is how Jupyter names the files of its kernels; otherwise a GUID computed from
    /// the path, which is the same at every start of the gateway.
    /// </summary>
    public static string Create(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (name.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParse(name.AsSpan(Prefix.Length), out var own)) return own.ToString("D");

        // RFC 9562, UUID Version 8: the application chooses all bits except version and variant.
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
