using System.Runtime.InteropServices;

namespace KernelGateway.Client;

/// <summary>Streams over memory, without a copy where it is an array.</summary>
internal static class MemoryStreams
{
    public static MemoryStream Open(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
