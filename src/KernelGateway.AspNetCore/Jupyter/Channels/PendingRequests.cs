using KernelGateway.Executions;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The requests of one client that its kernel has not done with. Not safe for several threads; its session locks.</summary>
/// <remarks>
/// A request counts with all its bytes until the kernel has begun with it: until then it lies in the gateway, in the buffers on the way or in the
/// kernel's own queue. Afterwards its header is left, by which it can be answered in the kernel's place.
/// </remarks>
/// <param name="maxBytes">How much may wait for the kernel; one message may always be longer.</param>
/// <param name="account">Counts it, for all clients together.</param>
internal sealed class PendingRequests(long maxBytes, MemoryAccount account)
{
    /// <summary>How many are remembered; of more the oldest is forgotten, because some kernels never answer what they do not know.</summary>
    public const int Capacity = 10_000;

    // A message of this size is kept as it is.
    private const long SmallBytes = 4096;

    private readonly Dictionary<string, LinkedListNode<PendingRequest>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<PendingRequest> _order = new();

    // By channel: a kernel takes the requests of one channel in the order in which they come.
    private readonly Dictionary<KernelChannel, Queue<PendingRequest>> _untaken = [];

    /// <summary>Gets how much the kernel has not begun with, in bytes.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Gets how many the kernel has not begun with.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Says whether a message is one whose end can be seen: a request, or a message of a comm, which has no reply.</summary>
    public static bool IsTracked(JupyterMessage message) => message.MessageId.Length > 0 && (ExpectsReply(message) || IsComm(message));

    /// <summary>Says whether a message is a request that is answered by a reply.</summary>
    public static bool ExpectsReply(JupyterMessage message) => message.MessageType.EndsWith("_request", StringComparison.Ordinal);

    /// <summary>Notes a message before it is sent. Of several with one id the first gets the answers.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message; only its header is kept when it is large.</param>
    /// <param name="forgotten">Receives the request that is forgotten for it, or null.</param>
    /// <returns>Why it must not be sent; null when it may be.</returns>
    public RequestRefusal? Add(KernelChannel channel, JupyterMessage message, out JupyterMessage? forgotten)
    {
        forgotten = null;
        var size = MessageSize.Of(message);
        if (WaitingBytes > 0 && WaitingBytes + size > maxBytes) return RequestRefusal.QueueFull(WaitingCount, WaitingBytes);
        if (!account.TryReserve(size)) return RequestRefusal.MemoryFull;
        var request = new PendingRequest(channel, size <= SmallBytes ? message.Detach() : ServerMessages.HeaderOnly(message), size);
        var node = _order.AddLast(request);
        _byId.TryAdd(message.MessageId, node);
        if (!_untaken.TryGetValue(channel, out var queue)) _untaken.Add(channel, queue = new Queue<PendingRequest>());
        queue.Enqueue(request);
        WaitingBytes += size;
        WaitingCount++;
        if (_order.Count > Capacity && _order.First is { } oldest)
        {
            Remove(oldest);
            if (ExpectsReply(oldest.Value.Message) && !oldest.Value.ReplySeen) forgotten = oldest.Value.Message;
        }

        return null;
    }

    /// <summary>Forgets the request that was noted last, which was not sent; true when its id belonged to it.</summary>
    public bool RemoveLast(string messageId)
    {
        if (_order.Last is not { } last || last.Value.Message.MessageId != messageId) return false;
        var hadId = _byId[messageId] == last;
        Remove(last);
        return hadId;
    }

    /// <summary>Takes a message that answers one of them; true when that request is done with.</summary>
    public bool OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (message.ParentMessageId is not { } id || !_byId.TryGetValue(id, out var node)) return false;
        var request = node.Value;
        Take(request);
        if (channel == KernelChannel.IOPub)
        {
            if (!message.IsStatus("\"idle\""u8)) return false;
            request.IdleSeen = true;
        }
        else
        {
            if (!message.MessageType.EndsWith("_reply", StringComparison.Ordinal)) return false;
            request.ReplySeen = true;
        }

        if (!request.IdleSeen || (!request.ReplySeen && ExpectsReply(request.Message))) return false;
        Remove(node);
        return true;
    }

    /// <summary>Gives what tells the client that what it asked of the kernel will not be answered, and forgets it.</summary>
    /// <param name="name">The name of the error.</param>
    /// <param name="value">What happened, in a sentence.</param>
    /// <param name="showsError">Whether code that ran shows the error among its output.</param>
    /// <param name="kernelSession">The session of the kernel's messages.</param>
    /// <param name="time">The clock.</param>
    public List<(KernelChannel Channel, JupyterMessage Message)> Fail(
        string name, string value, bool showsError, string kernelSession, TimeProvider time)
    {
        var messages = new List<(KernelChannel, JupyterMessage)>();
        foreach (var request in _order)
        {
            var message = request.Message;

            // JupyterLab's client asks for the kernel's info by itself, on every connection, and fails loudly when the answer is an error.
            if (message.MessageType == MessageTypes.KernelInfoRequest || !ExpectsReply(message)) continue;
            if (!request.ReplySeen)
            {
                if (showsError && !request.IdleSeen && message.MessageType == MessageTypes.ExecuteRequest)
                {
                    messages.Add((KernelChannel.IOPub, ServerMessages.Error(name, value, kernelSession, time, message)));
                }

                messages.Add((request.Channel, ServerMessages.ErrorReply(name, value, kernelSession, time, message)));
            }

            if (!request.IdleSeen) messages.Add((KernelChannel.IOPub, ServerMessages.Status(ExecutionState.Idle, kernelSession, time, message)));
        }

        Clear();
        return messages;
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        while (_order.First is { } first) Remove(first);
    }

    private static bool IsComm(JupyterMessage message) =>
        message.MessageType is MessageTypes.CommOpen or MessageTypes.CommMessage or MessageTypes.CommClose;

    // What came before it on its channel has been taken as well, or is something that this kernel does not answer.
    private void Take(PendingRequest request)
    {
        if (request.IsTaken) return;
        var queue = _untaken[request.Channel];
        while (queue.TryDequeue(out var taken))
        {
            MarkTaken(taken);
            if (ReferenceEquals(taken, request)) return;
        }
    }

    private void MarkTaken(PendingRequest request)
    {
        if (request.IsTaken) return;
        request.IsTaken = true;
        WaitingBytes -= request.Size;
        WaitingCount--;
        account.Release(request.Size - request.RetainedBytes);
    }

    private void Remove(LinkedListNode<PendingRequest> node)
    {
        MarkTaken(node.Value);
        account.Release(node.Value.RetainedBytes);
        var id = node.Value.Message.MessageId;
        if (_byId.TryGetValue(id, out var known) && known == node) _byId.Remove(id);
        _order.Remove(node);
        var queue = _untaken[node.Value.Channel];
        while (queue.TryPeek(out var first) && first.IsTaken) queue.Dequeue();
    }

    private sealed class PendingRequest(KernelChannel channel, JupyterMessage message, long size)
    {
        public KernelChannel Channel { get; } = channel;

        public JupyterMessage Message { get; } = message;

        /// <summary>Gets what it costs until the kernel has begun with it.</summary>
        public long Size { get; } = size;

        /// <summary>Gets what it costs afterwards.</summary>
        public long RetainedBytes { get; } = Math.Min(size, MessageSize.Of(message));

        public bool IsTaken { get; set; }

        public bool ReplySeen { get; set; }

        public bool IdleSeen { get; set; }
    }
}
