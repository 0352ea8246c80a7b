using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>One client of one kernel, connected or away: what it has still to get, and what it has asked.</summary>
internal sealed class ChannelSession
{
    private readonly Lock _gate = new();
    private readonly KernelChannels _kernel;
    private readonly KernelChannelOptions _options;
    private readonly ReplayQueue _queue;
    private readonly PendingRequests _pending = new();
    private ChannelConnection? _connection;
    private ITimer? _expiry;

    // What the client found when it came back it need not have read at once.
    private long _maxPendingBytes;

    public ChannelSession(string id, bool isResumable, KernelChannels kernel, KernelChannelOptions options)
    {
        Id = id;
        IsResumable = isResumable;
        _kernel = kernel;
        _options = options;
        _queue = new ReplayQueue(options.MaxReplayBytes, gap => ServerMessages.Gap(gap, kernel.KernelSession, kernel.Time));
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
            DetachedAt = null;
            _expiry?.Dispose();
            _expiry = null;
            _queue.Rewind(lastMessageId);
            _maxPendingBytes = _queue.UnsentBytes + _options.MaxPendingBytes;
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
            DetachedAt = _kernel.Time.GetTimestamp();
            if (!IsResumable || _options.MaxDetachedSessions == 0) return true;
            _queue.DropToFit();
            _expiry = _kernel.Time.CreateTimer(_ => _kernel.Forget(this), null, _options.SessionRetention, Timeout.InfiniteTimeSpan);
            return false;
        }
    }

    /// <summary>Ends the session: its client is connected no more, or told so now.</summary>
    public void End(ChannelCloseReason reason)
    {
        lock (_gate)
        {
            _expiry?.Dispose();
            _expiry = null;
            _connection?.CloseSoon(reason);
        }
    }

    /// <summary>Gives a message to the client, now or when it is back. Called on the kernel's receive loops; never waits.</summary>
    public void Deliver(KernelChannel channel, JupyterMessage message)
    {
        lock (_gate)
        {
            if (_pending.OnMessage(channel, message)) _kernel.Disown(message.ParentMessageId!);
            _queue.Add(channel, message);
            MakeRoom();
        }
    }

    /// <summary>Notes a request of the client's before it is sent, so that its answers find their way.</summary>
    public void OnSending(KernelChannel channel, JupyterMessage message)
    {
        if (message.MessageId.Length == 0 || !message.MessageType.EndsWith("_request", StringComparison.Ordinal)) return;
        lock (_gate)
        {
            if (_pending.Add(channel, message) is { } forgotten) _kernel.Disown(forgotten);
            _kernel.Own(message.MessageId, this);
        }
    }

    /// <summary>Tells the client that what it has asked will not be answered.</summary>
    public void FailPending(string name, string value, bool showsError)
    {
        lock (_gate)
        {
            foreach (var (channel, message) in _pending.Fail(name, value, showsError, _kernel.KernelSession, _kernel.Time))
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

    /// <summary>Forgets what the client has, by whichever connection it got it.</summary>
    public void Acknowledge(long position)
    {
        lock (_gate) _queue.Acknowledge(position);
    }

    private void MakeRoom()
    {
        if (_connection is not { IsClosing: false } connection)
        {
            _queue.DropToFit();
            return;
        }

        _queue.ForgetSent();
        if (_queue.UnsentBytes <= _maxPendingBytes) connection.Wake();
        else connection.CloseSoon(ChannelCloseReason.Slow(_queue.UnsentBytes, IsResumable));
    }
}
