using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>
/// Tracks the execute requests that other clients have sent to one kernel process, through the gateway or over its sockets.
/// </summary>
/// <remarks>
/// Executions of contexts wait until these requests have ended. Sent earlier, they would be in the kernel's own queue, where a
/// failing cell of another client would abort them, and an interrupt meant for them would hit that cell.
/// </remarks>
internal sealed class ExternalRequests
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _sent = new(StringComparer.Ordinal);
    private string? _running;
    private string? _failed;
    private int _failureCount;

    /// <summary>Gets how many times such code has failed so far. Each failure may abort requests that wait in the kernel.</summary>
    public int FailureCount => Volatile.Read(ref _failureCount);

    /// <summary>Gets a value indicating whether such a request has been sent or runs, and has not ended.</summary>
    public bool Any
    {
        get
        {
            lock (_gate) return _sent.Count > 0 || _running is not null;
        }
    }

    /// <summary>Gets a value indicating whether the kernel runs the code of such a request at this moment.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_gate) return _running is not null;
        }
    }

    /// <summary>Gets a value indicating whether a message is an execute request.</summary>
    public static bool IsExecuteRequest(KernelChannel channel, JupyterMessage message) =>
        channel == KernelChannel.Shell && message.MessageType == MessageTypes.ExecuteRequest;

    /// <summary>Records a request of another client before it is sent.</summary>
    public void OnSending(KernelChannel channel, JupyterMessage message)
    {
        if (!IsExecuteRequest(channel, message)) return;
        lock (_gate) _sent.Add(message.MessageId);
    }

    /// <summary>Removes a request that could not be sent.</summary>
    public void OnNotSent(JupyterMessage message) => Remove(message.MessageId);

    /// <summary>Returns the ids of the requests that have not ended.</summary>
    public IReadOnlyCollection<string> GetPending()
    {
        lock (_gate) return _running is null || _sent.Contains(_running) ? [.. _sent] : [.. _sent, _running];
    }

    /// <summary>Removes requests whose responses were lost with a connection: the kernel has answered a later request.</summary>
    public void OnResponsesLost(IReadOnlyCollection<string> messageIds)
    {
        foreach (var messageId in messageIds) Remove(messageId);
    }

    /// <summary>Returns true once for each such request that has failed and ended.</summary>
    public bool TryTakeFailure()
    {
        lock (_gate)
        {
            if (_failed is not { } failed || _running == failed || _sent.Contains(failed)) return false;
            _failed = null;
            return true;
        }
    }

    /// <summary>Processes a message from the kernel.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="isOwn">Whether it answers a request that the gateway sent itself.</param>
    public void OnMessage(KernelChannel channel, JupyterMessage message, bool isOwn)
    {
        if (message.ParentMessageType != MessageTypes.ExecuteRequest || message.ParentMessageId is not { } parent) return;
        if (message.MessageType == MessageTypes.ExecuteReply) Remove(parent);
        if (channel != KernelChannel.IOPub) return;
        if (message.MessageType == MessageTypes.Error && !isOwn) Fail(parent);
        if (message.IsStatus("\"idle\""u8)) Remove(parent);
        if (!message.IsStatus("\"busy\""u8)) return;

        // A kernel works on one cell at a time: the one before has ended, though its idle may have been lost.
        lock (_gate) _running = isOwn ? null : parent;
    }

    private void Fail(string messageId)
    {
        Interlocked.Increment(ref _failureCount);
        lock (_gate) _failed = messageId;
    }

    private void Remove(string messageId)
    {
        lock (_gate)
        {
            _sent.Remove(messageId);
            if (_running == messageId) _running = null;
        }
    }
}
