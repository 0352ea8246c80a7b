using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Knows whether one process has code of other clients to run: Jupyter clients of the gateway, or somebody on its sockets.</summary>
/// <remarks>
/// Executions of contexts wait for such code. Sent earlier they would stand in the kernel's own queue, where a failing cell of
/// somebody else aborts them, and where an interrupt meant for them hits that cell.
/// </remarks>
internal sealed class ForeignCode
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _sent = new(StringComparer.Ordinal);
    private string? _running;
    private string? _failed;
    private int _failureCount;

    /// <summary>Gets how many times such code has failed so far. Each failure may abort requests that wait in the kernel.</summary>
    public int FailureCount => Volatile.Read(ref _failureCount);

    /// <summary>Gets a value indicating whether there is such code.</summary>
    public bool IsThere
    {
        get
        {
            lock (_gate) return _sent.Count > 0 || _running is not null;
        }
    }

    /// <summary>Gets a value indicating whether such code is what the kernel works on at this moment.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_gate) return _running is not null;
        }
    }

    /// <summary>Tells whether a message asks for code to be run.</summary>
    public static bool Is(KernelChannel channel, JupyterMessage message) =>
        channel == KernelChannel.Shell && message.MessageType == MessageTypes.ExecuteRequest;

    /// <summary>Notes a request of another client before it is sent.</summary>
    public void OnSending(KernelChannel channel, JupyterMessage message)
    {
        if (!Is(channel, message)) return;
        lock (_gate) _sent.Add(message.MessageId);
    }

    /// <summary>Forgets a request that could not be sent.</summary>
    public void OnNotSent(JupyterMessage message) => Forget(message.MessageId);

    /// <summary>Gives the requests of which no end has been seen.</summary>
    public IReadOnlyCollection<string> GetUnended()
    {
        lock (_gate) return _running is null || _sent.Contains(_running) ? [.. _sent] : [.. _sent, _running];
    }

    /// <summary>Forgets requests whose ends were lost with a connection: the kernel has answered what it was asked later.</summary>
    public void OnOvertaken(IReadOnlyCollection<string> messageIds)
    {
        foreach (var messageId in messageIds) Forget(messageId);
    }

    /// <summary>Takes note of a failure of such code that has been seen to its end; true once for each.</summary>
    public bool TakeFailure()
    {
        lock (_gate)
        {
            if (_failed is not { } failed || _running == failed || _sent.Contains(failed)) return false;
            _failed = null;
            return true;
        }
    }

    /// <summary>Takes a message of the kernel's.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="isOwn">Whether it answers a request of the gateway's own.</param>
    public void OnMessage(KernelChannel channel, JupyterMessage message, bool isOwn)
    {
        if (message.ParentMessageType != MessageTypes.ExecuteRequest || message.ParentMessageId is not { } parent) return;
        if (message.MessageType == MessageTypes.ExecuteReply) Forget(parent);
        if (channel != KernelChannel.IOPub) return;
        if (message.MessageType == MessageTypes.Error && !isOwn) Fail(parent);
        if (message.IsStatus("\"idle\""u8)) Forget(parent);
        if (!message.IsStatus("\"busy\""u8)) return;

        // A kernel works on one cell at a time: the one before is over, though its idle may have been lost.
        lock (_gate) _running = isOwn ? null : parent;
    }

    private void Fail(string messageId)
    {
        Interlocked.Increment(ref _failureCount);
        lock (_gate) _failed = messageId;
    }

    private void Forget(string messageId)
    {
        lock (_gate)
        {
            _sent.Remove(messageId);
            if (_running == messageId) _running = null;
        }
    }
}
