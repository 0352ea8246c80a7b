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
/// <param name="maxBytes">How much is kept while the client is away.</param>
/// <param name="describeGap">Makes what the client is told of a gap, when it is sent.</param>
internal sealed class ReplayQueue(long maxBytes, Func<QueuedMessage, JupyterMessage> describeGap)
{
    private readonly LinkedList<QueuedMessage> _messages = new();
    private LinkedListNode<QueuedMessage>? _next;

    // Where the search for output to drop goes on: before it there is none left.
    private LinkedListNode<QueuedMessage>? _dropCursor;
    private LinkedListNode<QueuedMessage>? _gap;
    private long _lastPosition;
    private long _bytes;

    /// <summary>Gets how much has not been sent, in bytes.</summary>
    public long UnsentBytes { get; private set; }

    /// <summary>Gets a value indicating whether there is something to send.</summary>
    public bool HasUnsent => _next is not null;

    /// <summary>Gets the position of the newest message.</summary>
    public long LastPosition => _lastPosition;

    public void Add(KernelChannel channel, JupyterMessage message)
    {
        var node = _messages.AddLast(new QueuedMessage(++_lastPosition, channel, message));
        _next ??= node;
        _dropCursor ??= node;
        _bytes += node.Value.Size;
        UnsentBytes += node.Value.Size;
    }

    /// <summary>Takes what is to be sent next; it stays in the queue until it is acknowledged.</summary>
    public void TakeUnsent(List<QueuedMessage> batch, long batchBytes)
    {
        for (long taken = 0; _next is { } node && (batch.Count == 0 || taken + node.Value.Size <= batchBytes); _next = node.Next)
        {
            if (node == _gap) _gap = null;
            UnsentBytes -= node.Value.Size;
            if (node.Value.DroppedMessages > 0) Resize(node.Value, describeGap(node.Value));
            taken += node.Value.Size;
            batch.Add(node.Value);
        }
    }

    /// <summary>Forgets what the client has.</summary>
    /// <param name="position">The position of the last message that is known to have arrived.</param>
    public void Acknowledge(long position)
    {
        while (_messages.First is { } first && first.Value.Position <= position) Remove(first);
    }

    /// <summary>Makes room by forgetting what was sent longest ago to a client that acknowledges nothing; it is connected, so it has that.</summary>
    public void ForgetSent()
    {
        while (_bytes > maxBytes && _messages.First is { } first && first != _next) Remove(first);
    }

    /// <summary>Begins to send anew after a reconnect.</summary>
    /// <param name="lastMessageId">The id of the last message the client got, if it says so.</param>
    public void Rewind(string? lastMessageId)
    {
        if (lastMessageId is not null && FindLast(lastMessageId) is { } last) Acknowledge(last.Position);
        _next = _messages.First;
        UnsentBytes = _bytes;
    }

    /// <summary>Makes room while the client is away: the oldest output goes, and a gap takes its place.</summary>
    public void DropToFit()
    {
        while (_bytes > maxBytes && _messages.First is { } first)
        {
            while (_dropCursor is { Value: { IsOutput: false } or { DroppedMessages: > 0 } }) _dropCursor = _dropCursor.Next;

            // Without output left there are only small things, and far too many of them: they go, too.
            if ((_dropCursor ?? WithoutOutput(first)) is not { } node) return;
            Drop(node);
        }
    }

    private LinkedListNode<QueuedMessage>? WithoutOutput(LinkedListNode<QueuedMessage> first)
    {
        if (first.Value.DroppedMessages == 0) return first;
        _gap = first;
        return first.Next;
    }

    private void Drop(LinkedListNode<QueuedMessage> node)
    {
        var dropped = node.Value;
        if (_gap is { } gap && gap != node && (!dropped.IsOutput || HaveSameParent(gap.Value, dropped)))
        {
            gap.Value.Absorb(dropped);
            Remove(node);
            return;
        }

        var size = dropped.Size;
        dropped.Drop(ServerMessages.ParentOnly(dropped.Message));
        _bytes += dropped.Size - size;
        if (IsUnsent(node)) UnsentBytes += dropped.Size - size;
        _gap = node;
    }

    private static bool HaveSameParent(QueuedMessage one, QueuedMessage other) =>
        one.Message.RawParentMessageId.Span.SequenceEqual(other.Message.RawParentMessageId.Span);

    private void Resize(QueuedMessage message, JupyterMessage other)
    {
        _bytes -= message.Size;
        message.Replace(other);
        _bytes += message.Size;
    }

    private void Remove(LinkedListNode<QueuedMessage> node)
    {
        if (IsUnsent(node)) UnsentBytes -= node.Value.Size;
        if (node == _next) _next = node.Next;
        if (node == _dropCursor) _dropCursor = node.Next;
        if (node == _gap) _gap = null;
        _bytes -= node.Value.Size;
        _messages.Remove(node);
    }

    private bool IsUnsent(LinkedListNode<QueuedMessage> node) => _next is not null && node.Value.Position >= _next.Value.Position;

    private QueuedMessage? FindLast(string messageId)
    {
        for (var node = _messages.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Message.MessageId == messageId) return node.Value;
        }

        return null;
    }
}
