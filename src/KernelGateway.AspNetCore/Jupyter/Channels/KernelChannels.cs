using System.Collections.Concurrent;
using System.Collections.Immutable;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The Jupyter clients of one kernel: what it publishes goes to all of them, an answer to the one that asked.</summary>
/// <remarks>
/// They share the gateway's own sockets. Its subscription is made before anybody can ask anything, it is always read, and it is there
/// when no client is: so nothing is lost between two connections.
/// </remarks>
internal sealed class KernelChannels : IKernelObserver
{
    private readonly KernelChannelOptions _options;
    private readonly ConcurrentDictionary<string, ChannelSession> _owners = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly IDisposable _observation;
    private ImmutableArray<ChannelSession> _sessions = [];
    private JupyterMessage? _lastPublished;

    public KernelChannels(Kernel kernel, KernelChannelOptions options, TimeProvider time)
    {
        Kernel = kernel;
        Time = time;
        _options = options;
        _observation = kernel.Observe(this);
    }

    public Kernel Kernel { get; }

    public TimeProvider Time { get; }

    /// <summary>Gets the session of the kernel's messages.</summary>
    public string KernelSession => Volatile.Read(ref _lastPublished)?.Header.SessionId is { Length: > 0 } session ? session : Kernel.Id;

    /// <summary>Gives the connection that a session has at this moment, or null.</summary>
    public ChannelConnection? FindConnection(string sessionId) => Find(sessionId)?.Connection;

    /// <summary>Connects a client: to its session when it comes back, else to a new one.</summary>
    /// <param name="sessionId">The session the client names; null when it names none and cannot come back.</param>
    /// <param name="connection">The connection, which gets everything from now on.</param>
    /// <param name="lastMessageId">The id of the last message the client got, if it says so.</param>
    /// <returns>The session, and the connection that has to give way: the one before, or this one when a newer one was faster.</returns>
    public (ChannelSession Session, ChannelConnection? Replaced) Attach(string? sessionId, ChannelConnection connection, string? lastMessageId)
    {
        lock (_gate)
        {
            var session = sessionId is null ? null : Find(sessionId);
            if (session is null)
            {
                session = new ChannelSession(sessionId ?? Guid.NewGuid().ToString("N"), sessionId is not null, this, _options);
                _sessions = _sessions.Add(session);
            }

            var greeting = Kernel.State == KernelState.Dead ? ServerMessages.Status(ExecutionState.Dead, KernelSession, Time) : null;
            return (session, session.Attach(connection, greeting, lastMessageId));
        }
    }

    /// <summary>Forgets a client that is away; when it comes back, it begins anew.</summary>
    public void Forget(ChannelSession session)
    {
        lock (_gate)
        {
            // It came back while this was decided.
            if (session.DetachedAt is null) return;
            _sessions = _sessions.Remove(session);
            session.End(ChannelCloseReason.Replaced);
        }

        foreach (var (id, owner) in _owners)
        {
            if (ReferenceEquals(owner, session)) Disown(id);
        }
    }

    /// <summary>Learns that a client has left, and forgets the ones that left long before when there are many.</summary>
    public void OnDetached(ChannelSession session, bool isWorthless)
    {
        if (isWorthless) Forget(session);
        var away = _sessions.Where(one => one.DetachedAt is not null).OrderBy(one => one.DetachedAt).ToArray();
        foreach (var oldest in away.Take(away.Length - _options.MaxDetachedSessions)) Forget(oldest);
    }

    public void Own(string messageId, ChannelSession session) => _owners[messageId] = session;

    public void Disown(string messageId) => _owners.TryRemove(messageId, out _);

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (_sessions.IsEmpty) return;

        // What the preparation of a Python kernel adds is meant for clients of the code interpreter.
        if (channel == KernelChannel.IOPub)
        {
            if (!AddedRepresentations.TryRemove(message.Detach(), out var published)) return;
            Volatile.Write(ref _lastPublished, published);
            foreach (var session in _sessions) session.Deliver(channel, published);
        }
        else if (message.ParentMessageId is { } parent && _owners.TryGetValue(parent, out var owner))
        {
            if (AddedRepresentations.TryRemove(message.Detach(), out var answer)) owner.Deliver(channel, answer);
        }
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
                foreach (var session in _sessions) session.End(ChannelCloseReason.KernelGone(reason));
                _observation.Dispose();
                break;
        }
    }

    private ChannelSession? Find(string sessionId) => _sessions.FirstOrDefault(session => session.IsResumable && session.Id == sessionId);

    private void FailPending(string name, string value, bool showsError)
    {
        foreach (var session in _sessions) session.FailPending(name, value, showsError);
    }

    private void Publish(ExecutionState state)
    {
        var status = ServerMessages.Status(state, KernelSession, Time);
        foreach (var session in _sessions) session.Deliver(KernelChannel.IOPub, status);
    }
}
