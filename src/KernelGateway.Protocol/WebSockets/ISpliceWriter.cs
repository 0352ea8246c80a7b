using System.Buffers;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>An output that may reference a large part instead of copying it.</summary>
/// <remarks>
/// A codec passes the parts of a message to such an output with <see cref="Splice"/>; the message's memory must then stay
/// unchanged
/// until the output has been sent.
/// </remarks>
public interface ISpliceWriter : IBufferWriter<byte>
{
    /// <summary>Appends bytes, copied or by reference as the output sees fit.</summary>
    /// <param name="bytes">The bytes.</param>
    void Splice(ReadOnlyMemory<byte> bytes);
}
