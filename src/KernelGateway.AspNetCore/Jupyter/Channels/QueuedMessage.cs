using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>A message for one client, or the gap of dropped output.</summary>
internal sealed class QueuedMessage(long position, KernelChannel channel, RetainedMessage retained)
{
    // A message of this size may be dropped whatever its type: the memory for a client must not depend on the size of a kernel's
    // replies.
    private const long LargeBytes = 64 << 10;

    /// <summary>Gets the position in the order of all messages of this client. Pings and acknowledgements carry it.</summary>
    public long Position { get; } = position;

    /// <summary>Gets the channel; the notice about a gap is sent on iopub.</summary>
    public KernelChannel Channel { get; private set; } = channel;

    /// <summary>Gets the message; a gap has only the parent header.</summary>
    public RetainedMessage Retained { get; private set; } = retained;

    public JupyterMessage Message => Retained.Message;

    public long Size => Retained.Size;

    /// <summary>Gets the number of messages that the gap replaces; 0 when it is not a gap.</summary>
    public long DroppedMessages { get; private set; }

    /// <summary>
    /// Gets the position of the last message that it replaces; differs from <see cref="Position"/> only for a gap.
    /// </summary>
    public long LastPosition { get; private set; } = position;

    /// <summary>Gets a value indicating whether the notice about the gap in its present form was sent.</summary>
    public bool IsNoticeSent { get; private set; }

    /// <summary>Gets the size of the replaced messages in bytes.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>
    /// Gets a value indicating whether it is output, which is dropped first when memory is short. Replies, input requests and
    /// statuses are kept: a client would wait for them for ever.
    /// </summary>
    public bool IsOutput =>
        Channel == KernelChannel.IOPub
        && Message.MessageType is not (MessageTypes.Status or MessageTypes.Error or MessageTypes.ExecuteInput
            or MessageTypes.CommOpen or MessageTypes.CommClose or MessageTypes.ShutdownReply);

    /// <summary>Gets a value indicating whether it is a reply, which a short error can replace.</summary>
    public bool IsReply => Channel != KernelChannel.IOPub && Message.MessageType.EndsWith("_reply", StringComparison.Ordinal);

    /// <summary>Gets a value indicating whether it is the substitute of a dropped reply.</summary>
    public bool IsSubstitute { get; private set; }

    /// <summary>Gets a value indicating whether it may be dropped while messages behind it are kept.</summary>
    public bool IsDroppable =>
        DroppedMessages == 0 && !IsSubstitute && (IsOutput || (Size >= LargeBytes && (Channel == KernelChannel.IOPub || IsReply)));

    /// <summary>Turns the message into a gap.</summary>
    /// <param name="parentOnly">A message with the same parent header and nothing else.</param>
    public void Drop(RetainedMessage parentOnly)
    {
        DroppedMessages = 1;
        DroppedBytes = Size;
        Channel = KernelChannel.IOPub;
        Replace(parentOnly);
    }

    /// <summary>Replaces a long reply by a short one. A long parent header can still make it long.</summary>
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

    /// <summary>Replaces the gap by its notice, which is sent now.</summary>
    public void SetNotice(RetainedMessage notice)
    {
        IsNoticeSent = true;
        Replace(notice);
    }

    /// <summary>Returns whether a client that has received all messages up to a position needs it no longer.</summary>
    public bool IsCoveredBy(long position) => Position <= position && (LastPosition <= position || IsNoticeSent);

    private void Replace(RetainedMessage other)
    {
        Retained.Release();
        Retained = other;
    }
}
