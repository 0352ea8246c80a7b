using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Telemetry;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The messages of one client that have not been sent or not been acknowledged.</summary>
/// <remarks>
/// <code>
///   first                      next                     last
///   | sent, not acknowledged   | not sent               |
/// </code>
/// Not thread-safe; the session holds its lock.
/// </remarks>
/// <param name="account">The account of the retained bytes, shared by all queues.</param>
/// <param name="describeGap">Creates the notice about a gap.</param>
/// <param name="describeReply">Creates the substitute of a dropped reply.</param>
internal sealed class ReplayQueue(
    MemoryAccount account,
    Func<QueuedMessage, JupyterMessage> describeGap,
    Func<QueuedMessage, JupyterMessage> describeReply)
{
    private readonly LinkedList<QueuedMessage> _messages = new();
    private readonly DroppedIds _droppedIds = new();
    private readonly Dictionary<DropReason, long> _drops = [];
    private LinkedListNode<QueuedMessage>? _next;

    // Where the search for messages to drop continues: there are none before it.
    private LinkedListNode<QueuedMessage>? _dropCursor;
    private LinkedListNode<QueuedMessage>? _gap;
    private long _lastPosition;
    private bool _isClosed;

    /// <summary>Gets the number of retained bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets the number of bytes that have not been sent.</summary>
    public long UnsentBytes { get; private set; }

    /// <summary>Gets the size of the newest message in bytes; 0 without one.</summary>
    public long LastBytes => _messages.Last?.Value.Size ?? 0;

    /// <summary>Gets a value indicating whether there is something to send.</summary>
    public bool HasUnsent => _next is not null;

    /// <summary>Gets the position of the newest message.</summary>
    public long LastPosition => _lastPosition;

    /// <summary>Gets a value indicating whether messages were dropped since <see cref="TakeDrops"/>. It can be read without the lock.</summary>
    public bool HasDrops => _drops.Count > 0;

    /// <summary>Returns how many messages were dropped since the last call, by reason.</summary>
    public KeyValuePair<DropReason, long>[] TakeDrops()
    {
        KeyValuePair<DropReason, long>[] drops = [.. _drops];
        _drops.Clear();
        return drops;
    }

    /// <summary>Adds a message. It is held until it is acknowledged or dropped, or the queue is closed.</summary>
    public void Add(KernelChannel channel, RetainedMessage message)
    {
        if (_isClosed) return;
        message.Hold();
        var node = _messages.AddLast(new QueuedMessage(++_lastPosition, channel, message));
        _next ??= node;
        _dropCursor ??= node;
        Bytes += node.Value.Size;
        UnsentBytes += node.Value.Size;
    }

    /// <summary>Adds a message of the gateway's own.</summary>
    public void Add(KernelChannel channel, JupyterMessage message)
    {
        var retained = new RetainedMessage(message, account);
        Add(channel, retained);
        retained.Release();
    }

    /// <summary>Takes the next message to send; it stays in the queue until it is acknowledged.</summary>
    public void TakeUnsent(List<QueuedMessage> batch, long batchBytes)
    {
        for (long taken = 0; _next is { } node && (batch.Count == 0 || taken + node.Value.Size <= batchBytes); _next = node.Next)
        {
            if (node == _gap) _gap = null;
            UnsentBytes -= node.Value.Size;
            if (node.Value.DroppedMessages > 0) SetNotice(node.Value);
            taken += node.Value.Size;
            batch.Add(node.Value);
        }
    }

    /// <summary>Removes messages that the client has received.</summary>
    /// <param name="position">The position of the last acknowledged message.</param>
    public void Acknowledge(long position)
    {
        for (var node = _messages.First; node is not null && node.Value.Position <= position;)
        {
            var following = node.Next;
            if (node.Value.IsCoveredBy(position)) Remove(node);
            node = following;
        }
    }

    /// <summary>Records that a message was sent with an id that is not its own.</summary>
    public void AddSentId(string messageId, long position) => _droppedIds.Add(messageId, position);

    /// <summary>Removes the oldest sent messages of a connected client that acknowledges nothing. It has received them.</summary>
    /// <param name="maxBytes">The number of sent bytes to retain.</param>
    public void ForgetSent(long maxBytes)
    {
        while (Bytes - UnsentBytes > maxBytes && _messages.First is { } first && first != _next) Remove(first);
    }

    /// <summary>Starts again with the first retained message after a reconnect.</summary>
    /// <param name="lastMessageId">The id of the last message that the client received, or null.</param>
    public void Rewind(string? lastMessageId)
    {
        if (lastMessageId is not null && (FindLast(lastMessageId) ?? _droppedIds.Find(lastMessageId)) is { } last) Acknowledge(last);

        // Messages dropped behind the last one that the client received never arrived, so the client cannot name them.
        _droppedIds.Clear();
        _next = _dropCursor = _messages.First;
        _gap = null;
        UnsentBytes = Bytes;
    }

    /// <summary>Drops the oldest output of a disconnected client and puts a gap in its place.</summary>
    /// <param name="maxBytes">The number of bytes to retain.</param>
    public void DropToFit(long maxBytes)
    {
        while (Bytes > maxBytes && (FindDroppable() ?? FindOldest()) is { } node) Drop(node, DropReason.ClientAway);
    }

    /// <summary>Drops the oldest output that has not been sent to a connected client.</summary>
    /// <param name="maxBytes">The number of unsent bytes to retain.</param>
    public void DropUnsentToFit(long maxBytes)
    {
        if (_gap is not null && !IsUnsent(_gap)) _gap = null;
        if (_dropCursor is null || !IsUnsent(_dropCursor)) _dropCursor = _next;
        while (UnsentBytes > maxBytes && FindDroppable() is { } node) Drop(node, DropReason.NoRoom);
    }

    /// <summary>Drops everything because the client is removed, and returns the number and size of the messages.</summary>
    public (long Messages, long Bytes) DropAll()
    {
        var (messages, bytes) = (0L, 0L);
        foreach (var queued in _messages)
        {
            messages += Math.Max(queued.DroppedMessages, 1);
            bytes += queued.DroppedMessages > 0 ? queued.DroppedBytes : queued.Size;
            if (queued is { DroppedMessages: 0, IsSubstitute: false }) CountDrop(DropReason.ClientAway);
        }

        Close();
        return (messages, bytes);
    }

    /// <summary>Releases all messages; messages that are added later are not retained.</summary>
    public void Close()
    {
        _isClosed = true;
        _droppedIds.Clear();
        while (_messages.First is { } first) Remove(first);
    }

    private LinkedListNode<QueuedMessage>? FindDroppable()
    {
        while (_dropCursor is { Value.IsDroppable: false }) _dropCursor = _dropCursor.Next;
        return _dropCursor;
    }

    // Without output only small messages are left. When there are too many of them, they are dropped too.
    private LinkedListNode<QueuedMessage>? FindOldest()
    {
        var gap = _messages.First;
        while (gap is { Value.DroppedMessages: > 0, Next: { } following } && following.Value.DroppedMessages > 0) gap = following;
        if (gap is null or { Value.DroppedMessages: 0 }) return gap;
        _gap = gap;
        return gap.Next;
    }

    private void CountDrop(DropReason reason) => _drops[reason] = _drops.GetValueOrDefault(reason) + 1;

    private void Drop(LinkedListNode<QueuedMessage> node, DropReason reason)
    {
        var dropped = node.Value;
        if (dropped is { DroppedMessages: 0, IsSubstitute: false }) CountDrop(reason);
        RememberSentId(node);
        if (dropped is { IsReply: true, IsDroppable: true })
        {
            // The client would wait for the reply for ever.
            Shrink(node, describeReply(dropped), static (queued, reply) => queued.Substitute(reply));
            return;
        }

        // Sent and unsent messages form separate gaps: a client that received the last sent message has not received the unsent
        // ones.
        if (_gap is { } gap && gap != node && IsUnsent(gap) == IsUnsent(node) && (!dropped.IsDroppable || HaveSameParent(gap.Value, dropped)))
        {
            RememberSentId(gap);
            gap.Value.Absorb(dropped);
            Remove(node);
            return;
        }

        Shrink(node, ServerMessages.ParentOnly(dropped.Message), static (queued, parentOnly) => queued.Drop(parentOnly));
        _gap = node;
    }

    // Of a message that was sent, and is about to be removed or to get another id.
    private void RememberSentId(LinkedListNode<QueuedMessage> node)
    {
        if (!IsUnsent(node) && node.Value.Message.MessageId is { Length: > 0 } id) _droppedIds.Add(id, node.Value.Position);
    }

    private static bool HaveSameParent(QueuedMessage one, QueuedMessage other) =>
        one.Message.RawParentMessageId.Span.SequenceEqual(other.Message.RawParentMessageId.Span);

    private void Shrink(LinkedListNode<QueuedMessage> node, JupyterMessage other, Action<QueuedMessage, RetainedMessage> replace)
    {
        var size = node.Value.Size;
        replace(node.Value, new RetainedMessage(other, account));
        Bytes += node.Value.Size - size;
        if (IsUnsent(node)) UnsentBytes += node.Value.Size - size;
    }

    private void SetNotice(QueuedMessage gap)
    {
        Bytes -= gap.Size;
        gap.SetNotice(new RetainedMessage(describeGap(gap), account));
        Bytes += gap.Size;
    }

    private void Remove(LinkedListNode<QueuedMessage> node)
    {
        if (IsUnsent(node)) UnsentBytes -= node.Value.Size;
        if (node == _next) _next = node.Next;
        if (node == _dropCursor) _dropCursor = node.Next;
        if (node == _gap) _gap = null;
        Bytes -= node.Value.Size;
        _messages.Remove(node);
        node.Value.Retained.Release();
    }

    private bool IsUnsent(LinkedListNode<QueuedMessage> node) => _next is not null && node.Value.Position >= _next.Value.Position;

    private long? FindLast(string messageId)
    {
        for (var node = _messages.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Message.MessageId == messageId) return node.Value.Position;
        }

        return null;
    }
}
