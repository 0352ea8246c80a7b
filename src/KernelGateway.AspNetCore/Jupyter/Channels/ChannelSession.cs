using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Telemetry;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>One client of one kernel, connected or disconnected: its messages to send and its pending requests.</summary>
internal sealed class ChannelSession
{
    // Messages sent before that have left the buffers of both machines, so a client that acknowledges nothing has read them: the
    // buffers hold about 20 MiB when Linux may grow a receive buffer to 32 MiB, and a small message costs twice its length here.
    private const long MaxUnansweredBytes = 48L << 20;

    // The bytes retained for each client when the gateway's memory is full.
    private const long MinConnectedBytes = 1L << 20;
    private const long MinAwayBytes = 64L << 10;

    private readonly Lock _gate = new();
    private readonly KernelChannels _kernel;
    private readonly ChannelResources _resources;
    private readonly ReplayQueue _queue;
    private readonly PendingRequests _pending;
    private ChannelConnection? _connection;
    private ITimer? _expiry;
    private int _generation;
    private bool _hasEnded;   // the kernel is gone, or the session was removed

    // The messages that waited at the reconnect do not count as slowness.
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

    /// <summary>Gets a value indicating whether the client named its session, so that it can resume it.</summary>
    public bool IsResumable { get; }

    /// <summary>Gets when the client disconnected, in ticks of the clock; null while it is connected.</summary>
    public long? DetachedAt { get; private set; }

    /// <summary>Gets the current connection, or null.</summary>
    public ChannelConnection? Connection
    {
        get
        {
            lock (_gate) return _connection;
        }
    }

    /// <summary>Gets a number that changes when the pending requests are answered in place of the kernel.</summary>
    /// <remarks>
    /// A message that was accepted before must not reach the kernel's next process: its client has got an error for it.
    /// </remarks>
    public int Generation
    {
        get
        {
            lock (_gate) return _generation;
        }
    }

    /// <summary>Attaches a connection, which gets all messages from now on, and returns the one that it replaces.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="greetings">Messages for the client after the missed ones.</param>
    /// <param name="lastMessageId">The id of the last message that the client received, or null.</param>
    public ChannelConnection? Attach(ChannelConnection connection, IEnumerable<JupyterMessage> greetings, string? lastMessageId)
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
            foreach (var greeting in greetings) _queue.Add(KernelChannel.IOPub, greeting);
            return previous;
        }
    }

    /// <summary>Detaches a connection that has ended.</summary>
    /// <returns>True when the session can be removed.</returns>
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

    /// <summary>Drops everything of a disconnected client that is being removed, and returns what it has lost.</summary>
    public LostMessages DropAll()
    {
        lock (_gate)
        {
            var (messages, bytes) = _queue.DropAll();
            return new LostMessages(messages, bytes, _pending.UnansweredCount);
        }
    }

    /// <summary>Ends the session and closes its connection. Retained messages are released with the last connection.</summary>
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

    /// <summary>Queues a message for the client. Called on the kernel's receive loops; never waits.</summary>
    public void Deliver(KernelChannel channel, RetainedMessage message)
    {
        lock (_gate)
        {
            // The former process sent it before it ended, and it is read only now.
            if (_pending.IsSecondIdle(channel, message.Message)) return;
            if (_pending.OnMessage(channel, message.Message)) _kernel.Disown(message.Message.ParentMessageId!);
            _queue.Add(channel, message);
            MakeRoom();
        }

        ReportDrops();
    }

    /// <summary>Registers a message of the client before it is sent, so that its answers are routed to the client.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="accepted">Receives the generation in which it is registered.</param>
    /// <returns>The reason for not sending it, or null.</returns>
    public RequestRefusal? OnSending(KernelChannel channel, JupyterMessage message, out int accepted)
    {
        lock (_gate)
        {
            accepted = _generation;
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

    /// <summary>Answers a message that is not sent to the kernel with an error.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="message">The message.</param>
    /// <param name="refusal">The reason.</param>
    /// <param name="wasNoted">Whether <see cref="OnSending"/> has registered it.</param>
    public void Refuse(KernelChannel channel, JupyterMessage message, RequestRefusal refusal, bool wasNoted)
    {
        lock (_gate)
        {
            if (wasNoted && _pending.RemoveLast(message.MessageId)) _kernel.Disown(message.MessageId);
            Answer(channel, message, refusal);
        }

        ReportDrops();
    }

    /// <summary>Answers the pending requests of the client with an error, and begins a new generation.</summary>
    /// <param name="name">The name of the error.</param>
    /// <param name="value">The message of the error.</param>
    /// <param name="showsError">Whether code that ran shows the error among its output.</param>
    /// <param name="accepted">
    /// The generation whose requests are answered; nothing is done when it has passed. Null for the current one.
    /// </param>
    public void FailPending(string name, string value, bool showsError, int? accepted = null)
    {
        lock (_gate)
        {
            if (accepted is { } generation && generation != _generation) return;
            _generation++;
            foreach (var (channel, message) in _pending.Fail(name, value, showsError, _kernel.KernelSession, _resources.Time))
            {
                _kernel.Disown(message.ParentMessageId!);
                _queue.Add(channel, message);
            }

            MakeRoom();
        }

        ReportDrops();
    }

    /// <summary>Takes the next messages to send.</summary>
    /// <param name="connection">The connection; a replaced one gets nothing.</param>
    /// <param name="batch">Receives the messages.</param>
    /// <param name="batchBytes">The approximate size of the batch.</param>
    public void TakeUnsent(ChannelConnection connection, List<QueuedMessage> batch, long batchBytes)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_connection, connection)) _queue.TakeUnsent(batch, batchBytes);
        }
    }

    /// <summary>Records that a message was sent with an id that is not its own. The client may name that id.</summary>
    public void AddSentId(string messageId, long position)
    {
        lock (_gate) _queue.AddSentId(messageId, position);
    }

    /// <summary>Removes messages that the client has received, on whichever connection.</summary>
    public void Acknowledge(long position)
    {
        lock (_gate) _queue.Acknowledge(position);
    }

    /// <summary>Drops most messages of a disconnected client, because the gateway's memory is short.</summary>
    public void DropWhileAway()
    {
        lock (_gate)
        {
            if (_connection is null) _queue.DropToFit(MinAwayBytes);
        }

        ReportDrops();
    }

    /// <summary>
    /// Counts the messages that were dropped. It calls listeners of the host: the caller holds no lock.
    /// </summary>
    public void ReportDrops()
    {
        if (!_queue.HasDrops) return;
        KeyValuePair<DropReason, long>[] drops;
        lock (_gate) drops = _queue.TakeDrops();
        foreach (var (reason, count) in drops) _resources.Telemetry.OnMessageDropped(DropStage.ClientOutput, reason, count);
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

    private void MakeRoom()
    {
        if (_connection is not { IsClosing: false } connection)
        {
            _queue.DropToFit(_resources.Options.MaxReplayBytes);
            return;
        }

        // Unacknowledged messages of a client that answers pings may be lost with its connection; the send window limits them.
        if (!connection.AnswersPings) _queue.ForgetSent(MaxUnansweredBytes);
        if (_queue.UnsentBytes > MinConnectedBytes && _resources.Memory.IsExceeded()) _queue.DropUnsentToFit(MinConnectedBytes);

        // A single message may exceed the limit: a client that has read all messages before it is not slow.
        if (_queue.UnsentBytes - _queue.LastBytes <= _maxPendingBytes) connection.Wake();
        else connection.CloseSoon(ChannelCloseReason.Slow(_queue.UnsentBytes, IsResumable));
    }
}
