using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>A message on its way to one client; or, where output had to be dropped, the gap it left.</summary>
internal sealed class QueuedMessage(long position, KernelChannel channel, JupyterMessage message)
{
    // What a message costs beside its bytes: the objects around it.
    private const int Overhead = 256;

    /// <summary>Gets its place in the order of everything this client gets; what the client acknowledges.</summary>
    public long Position { get; } = position;

    public KernelChannel Channel { get; } = channel;

    /// <summary>Gets the message; of a gap only the parent header is left.</summary>
    public JupyterMessage Message { get; private set; } = message;

    public long Size { get; private set; } = SizeOf(message);

    /// <summary>Gets how many messages the gap stands for; 0 when it is none.</summary>
    public long DroppedMessages { get; private set; }

    /// <summary>Gets how many bytes they had.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>
    /// Gets a value indicating whether it is output, which may be dropped when there is no room. Replies, questions and what tells
    /// the state of the kernel never are: a client would wait for them for ever.
    /// </summary>
    public bool IsOutput =>
        Channel == KernelChannel.IOPub
        && Message.MessageType is not (MessageTypes.Status or MessageTypes.Error or MessageTypes.ExecuteInput
            or MessageTypes.CommOpen or MessageTypes.CommClose or MessageTypes.ShutdownReply);

    /// <summary>Turns the message into a gap.</summary>
    /// <param name="parentOnly">What is left of it: a message with the same parent.</param>
    public void Drop(JupyterMessage parentOnly)
    {
        DroppedMessages = 1;
        DroppedBytes = Size;
        Replace(parentOnly);
    }

    /// <summary>Adds another message to the gap.</summary>
    public void Absorb(QueuedMessage dropped)
    {
        DroppedMessages += Math.Max(dropped.DroppedMessages, 1);
        DroppedBytes += dropped.DroppedMessages > 0 ? dropped.DroppedBytes : dropped.Size;
    }

    /// <summary>Puts another message in its place: what a client is told of a gap.</summary>
    public void Replace(JupyterMessage other)
    {
        Message = other;
        Size = SizeOf(other);
    }

    private static long SizeOf(JupyterMessage message)
    {
        long size = Overhead + message.RawHeader.Length + message.RawParentHeader.Length + message.RawMetadata.Length + message.RawContent.Length;
        foreach (var buffer in message.Buffers) size += buffer.Length;
        return size;
    }
}
