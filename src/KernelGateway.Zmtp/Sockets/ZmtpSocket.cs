using KernelGateway.Zmtp.Connections;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>A ZeroMQ socket: any number of outgoing and accepted connections with one pattern.</summary>
/// <remarks>
/// All members may be called from several threads at once. Connecting and reconnecting happen in the background; the loss of a
/// connection is an event and not an error of the socket.
/// </remarks>
public abstract partial class ZmtpSocket : IAsyncDisposable, IConnectionOwner, IConnectionObserver
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopAccepting = new();
    private readonly CancellationTokenSource _closing = new();

    // Guarded by _gate: connectors and acceptors, each of which awaits its own connections.
    private readonly List<Task> _loops = [];
    private readonly List<Peer> _peers = [];
    private readonly HashSet<string> _endpoints = new(StringComparer.Ordinal);
    private Task? _disposal;

    private protected ZmtpSocket(ZmtpSocketOptions? options)
    {
        Options = (options ?? new ZmtpSocketOptions()).Snapshot();
        Incoming = new FairQueue(GetType().FullName!, Options.MemoryBudget);
    }

    /// <summary>Raised when a connection finished its handshake, ended, or could not be made.</summary>
    /// <remarks>Raised from the connection's own loop, which waits for the handler: handlers do little and never block.
    /// An exception thrown by a handler is logged and otherwise ignored.</remarks>
    public event Action<ZmtpConnectionEvent>? ConnectionChanged;

    private protected ZmtpSocketOptions Options { get; }

    private protected FairQueue Incoming { get; }

    private protected abstract ZmtpSocketType Type { get; }

    private protected bool IsDisposed => Volatile.Read(ref _disposal) is not null;

    /// <summary>Connects to an endpoint in the background, and again whenever the connection is lost.</summary>
    /// <param name="endpoint"><c>tcp://host:port</c>, <c>ipc://path</c>, <c>ipc://@name</c> or <c>inproc://name</c>. The listener may start later.
    /// An endpoint the socket is connected to already is left as it is.</param>
    /// <exception cref="ArgumentException">The endpoint is malformed.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Connect(string endpoint)
    {
        var target = ZmtpEndpoint.Parse(endpoint, forBind: false);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);

            // As in libzmq: a second connection to the same endpoint would only deliver every message twice.
            if (!_endpoints.Add(endpoint)) return;
            var peer = CreatePeer(endpoint, isAccepted: false);
            _peers.Add(peer);
            OnEndpointAdded(peer);
            var connector = new Connector(this, this, target, peer);
            _loops.Add(BackgroundTask.Start(() => connector.RunAsync(_closing.Token)));
        }
    }

    /// <summary>Listens at an endpoint.</summary>
    /// <param name="endpoint">As for <see cref="Connect"/>; also <c>tcp://*:port</c>, port 0 or <c>*</c> for a free one, and
    /// <c>ipc://*</c> for a new file in a private directory.</param>
    /// <param name="cancellationToken">Cancels the binding only.</param>
    /// <returns>The endpoint that peers connect to, with the actual port or path.</returns>
    /// <exception cref="ArgumentException">The endpoint is malformed.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use or cannot be bound. A path with anything but a
    /// stale socket counts as in use.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public async Task<string> BindAsync(string endpoint, CancellationToken cancellationToken = default)
    {
        var target = ZmtpEndpoint.Parse(endpoint, forBind: true);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var listener = await TransportFactory.ListenAsync(target, cancellationToken).ConfigureAwait(false);
        var acceptor = new Acceptor(this, this, listener, bound => CreatePeer(bound, isAccepted: true));
        lock (_gate)
        {
            if (!IsDisposed)
            {
                _loops.Add(BackgroundTask.Start(() => acceptor.RunAsync(_stopAccepting.Token, _closing.Token)));
                return listener.Endpoint;
            }
        }

        await listener.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(GetType().FullName);
    }

    /// <summary>Ends pending sends and receives, waits up to <see cref="ZmtpSocketOptions.Linger"/> for unsent messages, and ends all connections.</summary>
    /// <returns>A task that completes when every loop of the socket has ended.</returns>
    /// <remarks>
    /// Disposing twice is fine; it never throws. Received messages that the application has not taken are dropped.
    /// </remarks>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        lock (_gate)
            return new ValueTask(_disposal ??= BackgroundTask.Start(DisposeCoreAsync));
    }

    /// <summary>Checks the frames of a caller.</summary>
    private protected void CheckSend(IReadOnlyList<ReadOnlyMemory<byte>> frames, int min = 1)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (frames.Count < min) throw new ArgumentException($"A message of this socket has at least {min} frames.", nameof(frames));
    }

    // The hooks of the socket types for events of a connection.

    private protected virtual void OnEndpointAdded(Peer peer)
    {
    }

    private protected virtual ReadOnlyMemory<byte>? Identify(Peer peer, ZmtpMetadata metadata) => null;

    private protected virtual void OnAttached(Peer peer)
    {
    }

    private protected virtual void OnDetached(Peer peer)
    {
    }

    private protected virtual bool OnMessage(Peer peer, ZmtpMessage message) => Incoming.Deliver(peer.Inbox, message);

    private protected virtual bool OnSubscription(Peer peer, bool subscribe, ReadOnlySpan<byte> topic) => true;

    private protected virtual void OnRoom()
    {
    }

    private protected virtual void OnDisposing()
    {
    }

    // The calls of the connections.

    ZmtpSocketOptions IConnectionOwner.Options => Options;

    ZmtpSocketType IConnectionOwner.Type => Type;

    ZmtpMechanism IConnectionOwner.CreateMechanism() => new NullMechanism(Type, Options.RoutingId);

    ReadOnlyMemory<byte>? IConnectionOwner.Identify(Peer peer, ZmtpMetadata metadata) => Identify(peer, metadata);

    void IConnectionOwner.OnAttached(Peer peer)
    {
        if (peer.IsAccepted)
        {
            lock (_gate)
                _peers.Add(peer);
        }

        OnAttached(peer);
        LogConnected(peer.Endpoint, peer.Major, peer.Minor);
        Raise(new ZmtpConnectionEvent { Change = ZmtpConnectionChange.Connected, Endpoint = peer.Endpoint });
    }

    void IConnectionOwner.OnDetached(Peer peer)
    {
        OnDetached(peer);
        if (!peer.IsAccepted) return;

        // This peer is not connected to again: its unsent messages are dropped.
        peer.Outbox.Close();
        lock (_gate)
            _peers.Remove(peer);
    }

    bool IConnectionOwner.OnMessage(Peer peer, ZmtpMessage message) => OnMessage(peer, message);

    bool IConnectionOwner.OnSubscription(Peer peer, bool subscribe, ReadOnlySpan<byte> topic) => OnSubscription(peer, subscribe, topic);

    void IConnectionObserver.OnConnectFailed(Peer peer, Exception exception)
    {
        LogConnectFailed(peer.Endpoint, exception.Message);
        Raise(new ZmtpConnectionEvent
        {
            Change = ZmtpConnectionChange.Failed,
            Endpoint = peer.Endpoint,
            Reason = ZmtpConnectionEndReason.ConnectFailed,
            Exception = exception,
            WillRetry = true,
        });
    }

    void IConnectionObserver.OnEnded(Peer peer, ZmtpConnection connection, bool willRetry)
    {
        var (reason, exception) = connection.End;
        LogEnded(peer.Endpoint, reason, exception?.Message);
        Raise(new ZmtpConnectionEvent
        {
            Change = connection.IsReady ? ZmtpConnectionChange.Lost : ZmtpConnectionChange.Failed,
            Endpoint = peer.Endpoint,
            Reason = reason,
            Exception = exception,
            WillRetry = willRetry,
        });
    }

    private void Raise(ZmtpConnectionEvent change)
    {
        try
        {
            ConnectionChanged?.Invoke(change);
        }
        catch (Exception e)
        {
            // The handler's failure is not the connection's.
            LogHandlerFailed(e);
        }
    }

    private Peer CreatePeer(string endpoint, bool isAccepted) => new(
        endpoint, isAccepted, new Inbox(Options.ReceiveHighWaterMark), new Outbox(Options.SendHighWaterMark, OnRoom));

    private async Task DisposeCoreAsync()
    {
        OnDisposing();
        Incoming.Close();
        await _stopAccepting.CancelAsync().ConfigureAwait(false);
        await LingerAsync().ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);

        // No connection is added any more: adding checks for disposal under the same gate.
        Task[] loops;
        lock (_gate)
            loops = [.. _loops];
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopAccepting.Dispose();
        _closing.Dispose();
    }

    private async Task LingerAsync()
    {
        if (Options.Linger == TimeSpan.Zero) return;
        Peer[] peers;
        lock (_gate)
            peers = [.. _peers];
        var drained = Task.WhenAll(peers.Select(peer => peer.Outbox.WhenDrained()));
        try
        {
            await drained.WaitAsync(Options.Linger, Options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The time has passed: remaining messages are dropped.
        }
    }
}
