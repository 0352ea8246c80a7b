using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>One client of one kernel, connected or away: what it has still to get, and what it has asked.</summary>
internal sealed class ChannelSession
{
    // What was sent before that has left the buffers of both machines, so a client that acknowledges nothing has read it: they hold about
    // 20 MiB where Linux may grow a receive buffer to 32 MiB, and a small message costs twice its length here.
    private const long MaxUnansweredBytes = 48L << 20;

    // What is kept for each client when the gateway's memory is full.
    private const long MinConnectedBytes = 1L << 20;
    private const long MinAwayBytes = 64L << 10;

    private readonly Lock _gate = new();
    private readonly KernelChannels _kernel;
    private readonly ChannelResources _resources;
    private readonly ReplayQueue _queue;
    private readonly PendingRequests _pending;
    private ChannelConnection? _connection;
    private ITimer? _expiry;
    private bool _hasEnded;   // its kernel is gone, or it was forgotten

    // What the client found when it came back it need not have read at once.
    private long _maxPendingBytes;

    public ChannelSession(string id, bool isResumable, KernelChannels kernel, ChannelResources resources)
    {
        Id = id;
        IsResumable = isResumable;
        _kernel = kernel;
        _resources = resources;
        _pending = new PendingRequests(resources.Options.MaxWaitingRequestBytes, resources.Memory);
        _queue = new ReplayQueue(
            resources.Memory,
            gap => ServerMessages.Gap(gap, kernel.KernelSession, resources.Time),
            reply => ServerMessages.DroppedReply(reply, kernel.KernelSession, resources.Time));
    }

    public string Id { get; }

    /// <summary>Gets a value indicating whether the client named its session, so that it can come back to it.</summary>
    public bool IsResumable { get; }

    /// <summary>Gets when the client left, in ticks of the clock; null while it is connected.</summary>
    public long? DetachedAt { get; private set; }

    /// <summary>Gets its connection at this moment, or null.</summary>
    public ChannelConnection? Connection
    {
        get
        {
            lock (_gate) return _connection;
        }
    }

    /// <summary>Makes a connection the one that gets everything from now on, and gives the one that has to give way.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="greeting">What the client is told first, behind what it missed; null for nothing.</param>
    /// <param name="lastMessageId">The id of the last message the client got, if it says so.</param>
    public ChannelConnection? Attach(ChannelConnection connection, JupyterMessage? greeting, string? lastMessageId)
    {
        lock (_gate)
        {
            var previous = _connection;
            if (previous is not null && previous.Number > connection.Number) return connection;
            _connection = connection;
            if (DetachedAt is not null) _resources.Away.Remove(this);
            DetachedAt = null;
            _expiry?.Dispose();
            _expiry = null;
            _queue.Rewind(lastMessageId);
            _maxPendingBytes = _queue.UnsentBytes + _resources.Options.MaxPendingBytes;
            if (greeting is not null) _queue.Add(KernelChannel.IOPub, greeting);
            return previous;
        }
    }

    /// <summary>Learns that a connection is over.</summary>
    /// <returns>True when the session is worth nothing without it.</returns>
    public bool Detach(ChannelConnection connection)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_connection, connection)) return false;
            _connection = null;
            DetachedAt = _resources.Time.GetTimestamp();
            _resources.Away.Add(this);
            if (_hasEnded || !IsResumable || _resources.Options.MaxDetachedSessions == 0) return true;
            _queue.DropToFit(_resources.Options.MaxReplayBytes);
            _expiry = _resources.Time.CreateTimer(_ => _kernel.Forget(this), null, _resources.Options.SessionRetention, Timeout.InfiniteTimeSpan);
            return false;
        }
    }

    /// <summary>Ends the session: its client is connected no more, or told so now. What is kept goes with the last connection.</summary>
    public void End(ChannelCloseReason reason)
    {
        lock (_gate)
        {
            _hasEnded = true;
            _expiry?.Dispose();
            _expiry = null;
            if (_connection is not null)
            {
                _connection.CloseSoon(reason);
                return;
            }

            _queue.Close();
            _pending.Clear();
            if (DetachedAt is not null) _resources.Away.Remove(this);
        }
    }

    /// <summary>Gives a message to the client, now or when it is back. Called on the kernel's receive loops; never waits.</summary>
    public void Deliver(KernelChannel channel, RetainedMessage message)
    {
        lock (_gate)
        {
            if (_pending.OnMessage(channel, message.Message)) _kernel.Disown(message.Message.ParentMessageId!);
            _queue.Add(channel, message);
            MakeRoom();
        }
    }

    /// <summary>Notes a message of the client's before it is sent, so that its answers find their way.</summary>
    /// <returns>Why it must not be sent; null when it may be.</returns>
    public RequestRefusal? OnSending(KernelChannel channel, JupyterMessage message)
    {
        lock (_gate)
        {
            if (_pending.Add(channel, message, out var forgotten) is { } refusal) return refusal;
            if (forgotten is not null)
            {
                _kernel.Disown(forgotten.MessageId);
                Answer(channel, forgotten, RequestRefusal.Forgotten(PendingRequests.Capacity));
            }

            if (PendingRequests.ExpectsReply(message)) _kernel.Own(message.MessageId, this);
            return null;
        }
    }

    /// <summary>Tells the client that a message was not passed on to the kernel.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="refusal">Why not.</param>
    /// <param name="wasNoted">Whether <see cref="OnSending"/> had noted it.</param>
    public void Refuse(KernelChannel channel, JupyterMessage message, RequestRefusal refusal, bool wasNoted)
    {
        lock (_gate)
        {
            if (wasNoted && _pending.RemoveLast(message.MessageId)) _kernel.Disown(message.MessageId);
            Answer(channel, message, refusal);
        }
    }

    /// <summary>Tells the client that what it has asked will not be answered.</summary>
    public void FailPending(string name, string value, bool showsError)
    {
        lock (_gate)
        {
            foreach (var (channel, message) in _pending.Fail(name, value, showsError, _kernel.KernelSession, _resources.Time))
            {
                _kernel.Disown(message.ParentMessageId!);
                _queue.Add(channel, message);
            }

            MakeRoom();
        }
    }

    /// <summary>Takes what the connection is to send next.</summary>
    /// <param name="connection">The connection; one that has been replaced gets nothing.</param>
    /// <param name="batch">Receives it.</param>
    /// <param name="batchBytes">About how much.</param>
    public void TakeUnsent(ChannelConnection connection, List<QueuedMessage> batch, long batchBytes)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_connection, connection)) _queue.TakeUnsent(batch, batchBytes);
        }
    }

    /// <summary>Notes that a message was sent with another id than its own, by which the client may name it.</summary>
    public void AddSentId(string messageId, long position)
    {
        lock (_gate) _queue.AddSentId(messageId, position);
    }

    /// <summary>Forgets what the client has, by whichever connection it got it.</summary>
    public void Acknowledge(long position)
    {
        lock (_gate) _queue.Acknowledge(position);
    }

    /// <summary>Drops most of what is kept for a client that is away, because the gateway's memory is short.</summary>
    public void DropWhileAway()
    {
        lock (_gate)
        {
            if (_connection is null) _queue.DropToFit(MinAwayBytes);
        }
    }

    private void Answer(KernelChannel channel, JupyterMessage message, RequestRefusal refusal)
    {
        var (session, time) = (_kernel.KernelSession, _resources.Time);
        var isRequest = PendingRequests.ExpectsReply(message);
        if (!isRequest || message.MessageType == MessageTypes.ExecuteRequest)
        {
            _queue.Add(KernelChannel.IOPub, ServerMessages.Error(refusal.Name, refusal.Text, session, time, message));
        }

        if (isRequest) _queue.Add(channel, ServerMessages.ErrorReply(refusal.Name, refusal.Text, session, time, message));
        _queue.Add(KernelChannel.IOPub, ServerMessages.Status(ExecutionState.Idle, session, time, message));
        MakeRoom();
    }

    // Also after what is kept only in case somebody asks for it has been given up.
    private bool IsMemoryFull()
    {
        var memory = _resources.Memory;
        var excess = memory.UsedBytes - memory.LimitBytes;
        if (excess <= 0) return false;
        memory.Reclaim?.Invoke(excess);
        return memory.UsedBytes > memory.LimitBytes;
    }

    private void MakeRoom()
    {
        if (_connection is not { IsClosing: false } connection)
        {
            _queue.DropToFit(_resources.Options.MaxReplayBytes);
            return;
        }

        // What a client that answers pings has not acknowledged may be lost with its connection; the send window bounds it.
        if (!connection.AnswersPings) _queue.ForgetSent(MaxUnansweredBytes);
        if (_queue.UnsentBytes > MinConnectedBytes && IsMemoryFull()) _queue.DropUnsentToFit(MinConnectedBytes);

        // One message may always be longer: a client that has read everything before it is not slow.
        if (_queue.UnsentBytes - _queue.LastBytes <= _maxPendingBytes) connection.Wake();
        else connection.CloseSoon(ChannelCloseReason.Slow(_queue.UnsentBytes, IsResumable));
    }
}
