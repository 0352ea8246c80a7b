using System.Collections.Concurrent;
using System.Collections.Immutable;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>
/// The Jupyter clients of one kernel. Published messages go to all of them, a reply to the one that sent the request.
/// </summary>
/// <remarks>
/// The clients share the gateway's own ZeroMQ sockets. They are subscribed before a client can send a request, are always read,
/// and exist without a client too. So nothing is lost between two connections of a client.
/// </remarks>
internal sealed class KernelChannels : IKernelObserver
{
    private readonly ConcurrentDictionary<string, ChannelSession> _owners = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly IDisposable _observation;
    private ImmutableArray<ChannelSession> _sessions = [];   // written under _gate
    private readonly RemovedClients _removed = new();        // guarded by _gate
    private JupyterMessage? _lastStatus;
    private ChannelCloseReason? _gone;   // guarded by _gate; set when the kernel has been shut down

    public KernelChannels(Kernel kernel, ChannelResources resources)
    {
        Kernel = kernel;
        Resources = resources;
        _observation = kernel.ObserveDirectly(this);

        // A kernel that was shut down before it was observed raises no event any more.
        if (kernel.State == KernelState.ShutDown) End(reason: null);
    }

    public Kernel Kernel { get; }

    public ChannelResources Resources { get; }

    /// <summary>Gets the session of the kernel's messages.</summary>
    public string KernelSession => Volatile.Read(ref _lastStatus)?.Header.SessionId is { Length: > 0 } session ? session : Kernel.Id;

    /// <summary>Returns the current connection of a session, or null.</summary>
    public ChannelConnection? FindConnection(string sessionId) => Find(sessionId)?.Connection;

    /// <summary>Attaches a client to its session when it reconnects, else to a new one.</summary>
    /// <param name="sessionId">The session that the client names; null when it names none and cannot resume.</param>
    /// <param name="connection">The connection, which gets all messages from now on.</param>
    /// <param name="lastMessageId">The id of the last message that the client received, or null.</param>
    /// <returns>The session, and the connection to close: the former one, or this one when a newer one was attached
    /// first.</returns>
    public (ChannelSession Session, ChannelConnection? Replaced) Attach(string? sessionId, ChannelConnection connection, string? lastMessageId)
    {
        ChannelSession? session;
        ChannelConnection? replaced;
        bool isNew;
        lock (_gate)
        {
            session = sessionId is null ? null : Find(sessionId);
            isNew = session is null;
            if (session is null)
            {
                session = new ChannelSession(sessionId ?? Guid.NewGuid().ToString("N"), sessionId is not null, this, Resources);
                _sessions = _sessions.Add(session);
            }

            replaced = session.Attach(connection, Greetings(isNew, sessionId), lastMessageId);
            if (_gone is not null) session.End(_gone);
        }

        if (!isNew) Resources.Telemetry.OnWebSocketResumed();
        return (session, replaced);
    }

    /// <summary>Removes a disconnected client. It starts a new session when it reconnects.</summary>
    public void Forget(ChannelSession session) => Remove(session, isTold: false);

    /// <summary>Handles a disconnected client. When there are too many, the one that disconnected first is removed.</summary>
    public void OnDetached(ChannelSession session, bool isWorthless)
    {
        if (isWorthless) Forget(session);
        var away = _sessions.Where(one => one.DetachedAt is not null).OrderBy(one => one.DetachedAt).ToArray();
        foreach (var oldest in away.Take(away.Length - Resources.Options.MaxDetachedSessions)) Remove(oldest, isTold: true);
    }

    public void Own(string messageId, ChannelSession session) => _owners[messageId] = session;

    public void Disown(string messageId) => _owners.TryRemove(messageId, out _);

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (channel == KernelChannel.IOPub)
        {
            OnPublished(message);
        }
        else if (message.ParentMessageId is { } parent && _owners.TryGetValue(parent, out var owner))
        {
            if (!AddedRepresentations.TryRemove(message.Detach(), out var reply)) return;
            var answer = new RetainedMessage(reply, Resources.Memory);
            owner.Deliver(channel, answer);
            answer.Release();
        }
        else
        {
            return;
        }

        Resources.Away.MakeRoom();
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        switch (state)
        {
            case KernelState.Restarting:
                FailPending(reason is null ? "KernelRestarted" : "KernelDied", reason ?? "The kernel was restarted.", showsError: reason is not null);
                Publish(ExecutionState.Restarting);
                break;
            case KernelState.Ready:
                Publish(ExecutionState.Starting);
                Publish(ExecutionState.Idle);
                break;
            case KernelState.Dead:
                FailPending("KernelDied", reason ?? "The kernel is dead.", showsError: true);
                Publish(ExecutionState.Dead);
                break;
            case KernelState.ShutDown:
                End(reason);
                break;
        }
    }

    private void Remove(ChannelSession session, bool isTold)
    {
        lock (_gate)
        {
            // It has reconnected meanwhile, or was removed.
            if (session.DetachedAt is null || !_sessions.Contains(session)) return;
            _sessions = _sessions.Remove(session);
            if (isTold) _removed.Add(session.Id, session.DropAll());
            session.End(ChannelCloseReason.Replaced);
        }

        session.ReportDrops();
        foreach (var (id, owner) in _owners)
        {
            if (ReferenceEquals(owner, session)) Disown(id);
        }
    }

    private IEnumerable<JupyterMessage> Greetings(bool isNew, string? sessionId)
    {
        if (isNew && sessionId is not null && _removed.Take(sessionId) is { } lost)
            yield return ServerMessages.Removed(lost, Resources.Options.MaxDetachedSessions, KernelSession, Resources.Time);
        if (Greeting(isNew) is { } greeting) yield return greeting;
    }

    // A new client has not seen the busy status: it would show a computing kernel as idle.
    private JupyterMessage? Greeting(bool isNew) => Kernel.State switch
    {
        KernelState.Dead => ServerMessages.Status(ExecutionState.Dead, KernelSession, Resources.Time),
        KernelState.Ready when isNew && Kernel.Running.Busy is { } busy => StillBusy(busy),
        _ => null,
    };

    private JupyterMessage StillBusy(JupyterMessage busy) =>
        ServerMessages.Status(ExecutionState.Busy, KernelSession, Resources.Time, busy.RawParentHeader);

    private void OnPublished(JupyterMessage message)
    {
        if (_sessions.IsEmpty) return;
        if (StreamSplitter.Split(message, Resources.Options.MaxStreamMessageBytes) is { } pieces)
        {
            foreach (var piece in pieces) DeliverToAll(piece);
            return;
        }

        // What the preparation of a Python kernel adds is meant for clients of the code interpreter.
        if (!AddedRepresentations.TryRemove(message.Detach(), out var published)) return;
        if (published.MessageType == MessageTypes.Status) Volatile.Write(ref _lastStatus, published);
        DeliverToAll(published);
        if (Kernel.Running.IsIdleOfAnother(published) && Kernel.Running.Busy is { } busy) DeliverToAll(StillBusy(busy));
    }

    private void DeliverToAll(JupyterMessage message)
    {
        var published = new RetainedMessage(message, Resources.Memory);
        foreach (var session in _sessions) session.Deliver(KernelChannel.IOPub, published);
        published.Release();
    }

    private void End(string? reason)
    {
        lock (_gate)
        {
            _gone ??= ChannelCloseReason.KernelGone(reason);
            foreach (var session in _sessions) session.End(_gone);
        }

        // Null while the constructor observes.
        _observation?.Dispose();
    }

    private ChannelSession? Find(string sessionId) => _sessions.FirstOrDefault(session => session.IsResumable && session.Id == sessionId);

    private void FailPending(string name, string value, bool showsError)
    {
        foreach (var session in _sessions) session.FailPending(name, value, showsError);
    }

    private void Publish(ExecutionState state) => DeliverToAll(ServerMessages.Status(state, KernelSession, Resources.Time));
}
