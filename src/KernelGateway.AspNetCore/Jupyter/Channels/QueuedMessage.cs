using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>A message on its way to one client; or, where output had to be dropped, the gap it left.</summary>
internal sealed class QueuedMessage(long position, KernelChannel channel, RetainedMessage retained)
{
    // A message of this size may be dropped whatever it says: a client's memory must not depend on how much a kernel puts into a reply.
    private const long LargeBytes = 64 << 10;

    /// <summary>Gets its place in the order of everything this client gets; what the client acknowledges.</summary>
    public long Position { get; } = position;

    /// <summary>Gets its channel; the notice about a gap is output, whatever was dropped.</summary>
    public KernelChannel Channel { get; private set; } = channel;

    /// <summary>Gets the message; of a gap only the parent header is left.</summary>
    public RetainedMessage Retained { get; private set; } = retained;

    public JupyterMessage Message => Retained.Message;

    public long Size => Retained.Size;

    /// <summary>Gets how many messages the gap stands for; 0 when it is not a gap.</summary>
    public long DroppedMessages { get; private set; }

    /// <summary>Gets the position of the last message it stands for; another one only for a gap.</summary>
    public long LastPosition { get; private set; } = position;

    /// <summary>Gets a value indicating whether the client was sent the notice about the gap as it is.</summary>
    public bool IsNoticeSent { get; private set; }

    /// <summary>Gets how many bytes they had.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>
    /// Gets a value indicating whether it is output, which is dropped first when there is no room. Replies, questions and what tells
    /// the state of the kernel are kept: a client would wait for them for ever.
    /// </summary>
    public bool IsOutput =>
        Channel == KernelChannel.IOPub
        && Message.MessageType is not (MessageTypes.Status or MessageTypes.Error or MessageTypes.ExecuteInput
            or MessageTypes.CommOpen or MessageTypes.CommClose or MessageTypes.ShutdownReply);

    /// <summary>Gets a value indicating whether it is a reply, in whose place a short one can tell that it was dropped.</summary>
    public bool IsReply => Channel != KernelChannel.IOPub && Message.MessageType.EndsWith("_reply", StringComparison.Ordinal);

    /// <summary>Gets a value indicating whether it is what a client gets in the place of a reply that was dropped.</summary>
    public bool IsSubstitute { get; private set; }

    /// <summary>Gets a value indicating whether it may be dropped while messages behind it are kept.</summary>
    public bool IsDroppable =>
        DroppedMessages == 0 && !IsSubstitute && (IsOutput || (Size >= LargeBytes && (Channel == KernelChannel.IOPub || IsReply)));

    /// <summary>Turns the message into a gap.</summary>
    /// <param name="parentOnly">What is left of it: a message with the same parent.</param>
    public void Drop(RetainedMessage parentOnly)
    {
        DroppedMessages = 1;
        DroppedBytes = Size;
        Channel = KernelChannel.IOPub;
        Replace(parentOnly);
    }

    /// <summary>Puts a short reply in the place of a long one, which the kernel's parent header can make long all the same.</summary>
    public void Substitute(RetainedMessage reply)
    {
        IsSubstitute = true;
        Replace(reply);
    }

    /// <summary>Adds another message to the gap.</summary>
    public void Absorb(QueuedMessage dropped)
    {
        IsNoticeSent = false;
        LastPosition = Math.Max(LastPosition, dropped.LastPosition);
        DroppedMessages += Math.Max(dropped.DroppedMessages, 1);
        DroppedBytes += dropped.DroppedMessages > 0 ? dropped.DroppedBytes : dropped.Size;
    }

    /// <summary>Puts the notice about the gap in its place, which is sent now.</summary>
    public void SetNotice(RetainedMessage notice)
    {
        IsNoticeSent = true;
        Replace(notice);
    }

    /// <summary>Says whether a client that has everything up to a position no longer needs it.</summary>
    public bool IsCoveredBy(long position) => Position <= position && (LastPosition <= position || IsNoticeSent);

    private void Replace(RetainedMessage other)
    {
        Retained.Release();
        Retained = other;
    }
}
