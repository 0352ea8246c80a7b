using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>What one client has still to get: what has not been sent, and what it has not acknowledged.</summary>
/// <remarks>
/// <code>
///   first                      next                     last
///   | sent, not acknowledged   | not sent               |
/// </code>
/// Not safe for several threads; its session locks.
/// </remarks>
/// <param name="account">Counts what is kept, for all queues together.</param>
/// <param name="describeGap">Makes what the client is told of a gap, when it is sent.</param>
/// <param name="describeReply">Makes what the client is told in the place of a reply that is dropped.</param>
internal sealed class ReplayQueue(
    MemoryAccount account, Func<QueuedMessage, JupyterMessage> describeGap, Func<QueuedMessage, JupyterMessage> describeReply)
{
    private readonly LinkedList<QueuedMessage> _messages = new();
    private readonly DroppedIds _droppedIds = new();
    private LinkedListNode<QueuedMessage>? _next;

    // Where the search for messages to drop goes on: before it there is none left.
    private LinkedListNode<QueuedMessage>? _dropCursor;
    private LinkedListNode<QueuedMessage>? _gap;
    private long _lastPosition;
    private bool _isClosed;

    /// <summary>Gets how much it holds, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets how much has not been sent, in bytes.</summary>
    public long UnsentBytes { get; private set; }

    /// <summary>Gets how much the newest message has, in bytes; 0 when there is none.</summary>
    public long LastBytes => _messages.Last?.Value.Size ?? 0;

    /// <summary>Gets a value indicating whether there is something to send.</summary>
    public bool HasUnsent => _next is not null;

    /// <summary>Gets the position of the newest message.</summary>
    public long LastPosition => _lastPosition;

    /// <summary>Adds a message, which it holds until it is sent and acknowledged, dropped, or the queue is closed.</summary>
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

    /// <summary>Takes what is to be sent next; it stays in the queue until it is acknowledged.</summary>
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

    /// <summary>Forgets what the client has.</summary>
    /// <param name="position">The position of the last message that is known to have arrived.</param>
    public void Acknowledge(long position)
    {
        for (var node = _messages.First; node is not null && node.Value.Position <= position;)
        {
            var following = node.Next;
            if (node.Value.IsCoveredBy(position)) Remove(node);
            node = following;
        }
    }

    /// <summary>Notes that a message was sent with another id than its own.</summary>
    public void AddSentId(string messageId, long position) => _droppedIds.Add(messageId, position);

    /// <summary>Makes room by forgetting what was sent longest ago to a client that acknowledges nothing; it is connected, so it has that.</summary>
    /// <param name="maxBytes">How much of what was sent is kept.</param>
    public void ForgetSent(long maxBytes)
    {
        while (Bytes - UnsentBytes > maxBytes && _messages.First is { } first && first != _next) Remove(first);
    }

    /// <summary>Begins to send anew after a reconnect.</summary>
    /// <param name="lastMessageId">The id of the last message the client got, if it says so.</param>
    public void Rewind(string? lastMessageId)
    {
        if (lastMessageId is not null && (FindLast(lastMessageId) ?? _droppedIds.Find(lastMessageId)) is { } last) Acknowledge(last);

        // Messages dropped behind the last one that the client received never arrived, so the client cannot name them.
        _droppedIds.Clear();
        _next = _dropCursor = _messages.First;
        _gap = null;
        UnsentBytes = Bytes;
    }

    /// <summary>Makes room while the client is away: the oldest output goes, and a gap takes its place.</summary>
    /// <param name="maxBytes">How much is kept.</param>
    public void DropToFit(long maxBytes)
    {
        while (Bytes > maxBytes && (FindDroppable() ?? FindOldest()) is { } node) Drop(node);
    }

    /// <summary>Makes room while the client is connected: the oldest output goes that has not been sent.</summary>
    /// <param name="maxBytes">How much is kept of what has not been sent.</param>
    public void DropUnsentToFit(long maxBytes)
    {
        if (_gap is not null && !IsUnsent(_gap)) _gap = null;
        if (_dropCursor is null || !IsUnsent(_dropCursor)) _dropCursor = _next;
        while (UnsentBytes > maxBytes && FindDroppable() is { } node) Drop(node);
    }

    /// <summary>Gives everything up; what is added later is not kept.</summary>
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

    // Without output left there are only small things, and far too many of them: they go, too.
    private LinkedListNode<QueuedMessage>? FindOldest()
    {
        var gap = _messages.First;
        while (gap is { Value.DroppedMessages: > 0, Next: { } following } && following.Value.DroppedMessages > 0) gap = following;
        if (gap is null or { Value.DroppedMessages: 0 }) return gap;
        _gap = gap;
        return gap.Next;
    }

    private void Drop(LinkedListNode<QueuedMessage> node)
    {
        var dropped = node.Value;
        RememberSentId(node);
        if (dropped is { IsReply: true, IsDroppable: true })
        {
            // Whoever asked would wait for ever.
            Shrink(node, describeReply(dropped), static (queued, reply) => queued.Substitute(reply));
            return;
        }

        // What was sent and what was not stay apart: a client that got the last of what was sent has not got the other.
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
