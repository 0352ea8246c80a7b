using KernelGateway.Protocol.Messages;

namespace KernelGateway.Memory;

/// <summary>Measures the memory of messages.</summary>
internal static class MessageSize
{
    /// <summary>The size of the objects around the bytes of a message.</summary>
    public const int Overhead = 256;

    /// <summary>Returns the memory of a message in bytes, objects included.</summary>
    public static long Measure(JupyterMessage message) => Overhead + CountBytes(message);

    /// <summary>Returns the number of bytes that a message has in its parts and buffers.</summary>
    public static long CountBytes(JupyterMessage message)
    {
        long bytes = message.RawHeader.Length + message.RawParentHeader.Length + message.RawMetadata.Length + message.RawContent.Length;
        foreach (var buffer in message.Buffers) bytes += buffer.Length;
        return bytes;
    }
}
