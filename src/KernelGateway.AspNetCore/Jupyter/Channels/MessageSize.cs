using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Says what a message costs in memory.</summary>
internal static class MessageSize
{
    /// <summary>What a message costs beside its bytes: the objects around it.</summary>
    public const int Overhead = 256;

    /// <summary>Gives the bytes of a message, with what surrounds them.</summary>
    public static long Of(JupyterMessage message)
    {
        long size = Overhead + message.RawHeader.Length + message.RawParentHeader.Length + message.RawMetadata.Length + message.RawContent.Length;
        foreach (var buffer in message.Buffers) size += buffer.Length;
        return size;
    }
}
