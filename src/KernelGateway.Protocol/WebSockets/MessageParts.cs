using System.Buffers;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Handles the parts of a message that go into a frame.</summary>
internal static class MessageParts
{
    // "null" and a blank or two around it.
    private const int LongestNothing = 8;

    /// <summary>
    /// Gives the part, or <c>{}</c> for the other forms of an empty object that kernels send: an empty frame, <c>[]</c> (R),
    /// <c>null</c>.
    /// </summary>
    public static ReadOnlyMemory<byte> OrEmptyObject(ReadOnlyMemory<byte> part)
    {
        if (part.Length > LongestNothing) return part;
        var value = part.Span.Trim(" \t\r\n"u8);
        return value.IsEmpty || value.SequenceEqual("[]"u8) || value.SequenceEqual("null"u8) ? JsonTokens.EmptyObject : part;
    }

    /// <summary>Adds up the buffers.</summary>
    public static long TotalLength(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var total = 0L;
        for (var i = 0; i < buffers.Count; i++) total += buffers[i].Length;
        return total;
    }

    /// <summary>Appends a part, without a copy if the output supports it.</summary>
    public static void Splice(IBufferWriter<byte> output, ReadOnlyMemory<byte> part)
    {
        if (output is ISpliceWriter splicing) splicing.Splice(part);
        else output.Write(part.Span);
    }
}
