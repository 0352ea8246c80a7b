using KernelGateway.Executions;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The requests of one client that the kernel has not completed. Not thread-safe; the session holds its lock.</summary>
/// <remarks>
/// A request counts with all its bytes until the kernel has started it: until then it is in the gateway, in socket buffers or in
/// the kernel's own queue. Afterwards only its header is retained, which is enough to answer it in place of the kernel.
/// </remarks>
/// <param name="maxBytes">The number of bytes that may wait for the kernel; a single message may exceed it.</param>
/// <param name="account">The account of these bytes, shared by all clients.</param>
internal sealed class PendingRequests(long maxBytes, MemoryAccount account)
{
    /// <summary>
    /// The number of tracked requests. Beyond it the oldest is dropped, because some kernels never answer unknown requests.
    /// </summary>
    public const int Capacity = 10_000;

    // So many requests that were answered in place of the kernel are known, for what the former process has sent before it ended.
    private const int KnownFailures = 1_000;

    // A message up to this size is retained whole.
    private const long SmallBytes = 4096;

    private readonly Dictionary<string, LinkedListNode<PendingRequest>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<PendingRequest> _order = new();

    private readonly OrderedDictionary<string, bool> _failed = new(StringComparer.Ordinal);

    // By channel: a kernel takes the requests of one channel in the order in which they come.
    private readonly Dictionary<KernelChannel, Queue<PendingRequest>> _untaken = [];

    /// <summary>Gets the bytes of the requests that the kernel has not started.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Gets the number of requests that the kernel has not started.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Gets the number of requests whose reply has not come.</summary>
    public int UnansweredCount => _order.Count(request => ExpectsReply(request.Message) && !request.ReplySeen);

    /// <summary>Returns whether the end of a message can be observed: a request, or a comm message, which has no reply.</summary>
    public static bool IsTracked(JupyterMessage message) => message.MessageId.Length > 0 && (ExpectsReply(message) || IsComm(message));

    /// <summary>Returns whether a message is a request that is answered by a reply.</summary>
    public static bool ExpectsReply(JupyterMessage message) => message.MessageType.EndsWith("_request", StringComparison.Ordinal);

    /// <summary>Returns whether a message that waits while the process is replaced is meant for the next process too.</summary>
    /// <remarks>JupyterLab sends kernel_info_request on every connection, and shows an error when the answer is one.</remarks>
    public static bool OutlivesProcess(JupyterMessage message) => message.MessageType == MessageTypes.KernelInfoRequest;

    /// <summary>Registers a message before it is sent. The first of several with one id gets the answers.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message; only its header is kept when it is large.</param>
    /// <param name="forgotten">Receives the request that is dropped for it, or null.</param>
    /// <returns>The reason for not sending it, or null.</returns>
    public RequestRefusal? Add(KernelChannel channel, JupyterMessage message, out JupyterMessage? forgotten)
    {
        forgotten = null;
        var size = MessageSize.Measure(message);
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

    /// <summary>Removes the request that was registered last and not sent; true when its id belonged to it.</summary>
    public bool RemoveLast(string messageId)
    {
        if (_order.Last is not { } last || last.Value.Message.MessageId != messageId) return false;
        var hadId = _byId[messageId] == last;
        Remove(last);
        return hadId;
    }

    /// <summary>Handles a message that answers one of them; true when that request is completed.</summary>
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

    /// <summary>Returns whether a message is the idle status of a request whose idle status was given in place of the kernel.</summary>
    public bool IsSecondIdle(KernelChannel channel, JupyterMessage message) =>
        _failed.Count > 0 && channel == KernelChannel.IOPub && message.ParentMessageId is { } id && message.IsStatus("\"idle\""u8)
        && _failed.Remove(id);

    /// <summary>Returns the error answers of all pending requests and removes the requests.</summary>
    /// <param name="name">The name of the error.</param>
    /// <param name="value">The message of the error.</param>
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

            if (OutlivesProcess(message) || !ExpectsReply(message)) continue;
            if (!request.ReplySeen)
            {
                if (showsError && !request.IdleSeen && message.MessageType == MessageTypes.ExecuteRequest)
                {
                    messages.Add((KernelChannel.IOPub, ServerMessages.Error(name, value, kernelSession, time, message)));
                }

                messages.Add((request.Channel, ServerMessages.ErrorReply(name, value, kernelSession, time, message)));
            }

            if (request.IdleSeen) continue;
            if (request.ReplySeen && message.MessageType == MessageTypes.ExecuteRequest)
                messages.Add((KernelChannel.IOPub, ServerMessages.OutputMissing(value, kernelSession, time, message)));
            messages.Add((KernelChannel.IOPub, ServerMessages.Status(ExecutionState.Idle, kernelSession, time, message)));
            _failed[message.MessageId] = true;
            if (_failed.Count > KnownFailures) _failed.RemoveAt(0);
        }

        Clear();
        return messages;
    }

    /// <summary>Removes all of them.</summary>
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

        /// <summary>Gets its bytes until the kernel has started it.</summary>
        public long Size { get; } = size;

        /// <summary>Gets its bytes afterwards.</summary>
        public long RetainedBytes { get; } = Math.Min(size, MessageSize.Measure(message));

        public bool IsTaken { get; set; }

        public bool ReplySeen { get; set; }

        public bool IdleSeen { get; set; }
    }
}
