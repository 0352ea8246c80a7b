using System.Runtime.InteropServices;

namespace KernelGateway.SandboxServices.Native;

/// <summary>Reads and writes extended attributes by the path that <see cref="LibC.ProcessPath"/> gave.</summary>
internal static unsafe partial class ExtendedAttributes
{
    private const int MaxListBytes = 65536;                // XATTR_LIST_MAX
    private const int MaxValueBytes = 65536;               // XATTR_SIZE_MAX

    /// <summary>
    /// Lists the names, each with NUL at the end; none when the file system has no attributes or they may not be read.
    /// </summary>
    internal static List<byte[]> List(byte[] path)
    {
        var names = new List<byte[]>();
        // Most files have no attributes, which the call without a buffer finds out.
        var needed = ListRaw(path, null, 0);
        if (needed <= 0) return names;
        var buffer = new byte[MaxListBytes];
        nint length;
        fixed (byte* start = buffer) length = ListRaw(path, start, MaxListBytes);
        if (length <= 0) return names;
        var rest = buffer.AsSpan(0, (int)length);
        while (rest.IndexOf((byte)0) is var end and >= 0)
        {
            names.Add(rest[..(end + 1)].ToArray());
            rest = rest[(end + 1)..];
        }

        return names;
    }

    /// <summary>Reads a value; null when there is none or it may not be read.</summary>
    internal static byte[]? Read(byte[] path, byte[] name)
    {
        var buffer = new byte[MaxValueBytes];
        fixed (byte* start = buffer)
        {
            var length = GetRaw(path, name, start, MaxValueBytes);
            return length < 0 ? null : buffer[..(int)length];
        }
    }

    /// <summary>Sets a value; gives the error number, or zero.</summary>
    internal static int Write(byte[] path, byte[] name, byte[] value)
    {
        fixed (byte* start = value)
        {
            return SetRaw(path, name, start, (nuint)value.Length, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Removes an attribute; gives the error number, or zero.</summary>
    internal static int Remove(byte[] path, byte[] name) => RemoveRaw(path, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "listxattr", SetLastError = true)]
    private static partial nint ListRaw(byte[] path, byte* list, nuint size);

    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true)]
    private static partial nint GetRaw(byte[] path, byte[] name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "setxattr", SetLastError = true)]
    private static partial int SetRaw(byte[] path, byte[] name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "removexattr", SetLastError = true)]
    private static partial int RemoveRaw(byte[] path, byte[] name);
}
