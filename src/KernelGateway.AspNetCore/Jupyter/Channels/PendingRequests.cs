using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The requests of one client that its kernel has not done with. Not safe for several threads; its session locks.</summary>
internal sealed class PendingRequests
{
    // Of more than these the oldest is forgotten: a client that never gets an answer is not worth more memory.
    private const int Capacity = 10_000;

    private readonly Dictionary<string, PendingRequest> _byId = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes a request before it is sent, and says which one is forgotten for it.</summary>
    public string? Add(KernelChannel channel, JupyterMessage message)
    {
        if (!_byId.TryAdd(message.MessageId, new PendingRequest(channel, message.Detach()))) return null;
        _order.Enqueue(message.MessageId);
        if (_order.Count <= Capacity) return null;
        var oldest = _order.Dequeue();
        return _byId.Remove(oldest) ? oldest : null;
    }

    /// <summary>Takes a message that answers one of them; true when that request is done with.</summary>
    public bool OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (message.ParentMessageId is not { } id || !_byId.TryGetValue(id, out var request)) return false;
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

        return request is { ReplySeen: true, IdleSeen: true } && _byId.Remove(id);
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
        while (_order.TryDequeue(out var id))
        {
            if (!_byId.TryGetValue(id, out var request)) continue;
            var message = request.Message;

            // JupyterLab's client asks this by itself, on every connection, and fails loudly when the answer is an error.
            if (message.MessageType == MessageTypes.KernelInfoRequest) continue;
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

        _byId.Clear();
        return messages;
    }

    private sealed class PendingRequest(KernelChannel channel, JupyterMessage message)
    {
        public KernelChannel Channel { get; } = channel;

        public JupyterMessage Message { get; } = message;

        public bool ReplySeen { get; set; }

        public bool IdleSeen { get; set; }
    }
}
