using System.Buffers.Binary;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>
/// ROUTER: puts the sender's routing id before received messages, and sends to the peer that the first frame names.
/// </summary>
/// <remarks>28/REQREP. Two connections with the same routing id: see <see cref="ZmtpSocketOptions.RouterHandover"/>.</remarks>
public sealed class RouterSocket : ZmtpSocket
{
    private const int GeneratedIdBytes = 5;

    private readonly Lock _routingGate = new();

    // Guarded by _routingGate. Peers that came second to their name are not in it.
    private readonly Dictionary<byte[], Peer> _routes = new(ByteArrayComparer.Instance);
    private uint _nextId = (uint)Random.Shared.NextInt64(uint.MaxValue);

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public RouterSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    private protected override ZmtpSocketType Type => ZmtpSocketType.Router;

    /// <summary>Sends a message to the peer its first frame names. Never waits.</summary>
    /// <param name="frames">The routing id, which is not sent, and the frames of the message. They must never change again.</param>
    /// <param name="cancellationToken">Looked at before anything is done.</param>
    /// <returns>A task that is complete.</returns>
    /// <exception cref="ZmtpUnroutableException">With <see cref="ZmtpSocketOptions.RouterMandatory"/>: no peer has the routing id, or the
    /// peer's queue is full. Without it, the message is dropped.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default)
    {
        CheckSend(frames);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);

        // An address without a message is not sent.
        if (frames.Count == 1) return ValueTask.CompletedTask;
        Peer? peer;
        lock (_routingGate)
            _routes.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(frames[0].Span, out peer);
        if (peer is not null && peer.Outbox.TryEnqueue(new OutgoingMessage(frames, Skip: 1))) return ValueTask.CompletedTask;
        if (!Options.RouterMandatory) return ValueTask.CompletedTask;
        return ValueTask.FromException(new ZmtpUnroutableException(
            peer is null ? "No peer has the routing id." : "The queue of the peer is full.")
        { IsQueueFull = peer is not null });
    }

    /// <summary>
    /// Receives the next message, with the routing id of its sender as first frame: one of each peer that has any, in turn.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait; no message is lost by it.</param>
    /// <returns>The message, which the caller disposes. Several receives may be pending.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default) => Incoming.ReceiveAsync(cancellationToken);

    private protected override ReadOnlyMemory<byte>? Identify(Peer peer, ZmtpMetadata metadata)
    {
        lock (_routingGate)
        {
            var id = metadata.RoutingId.Length > 0 ? metadata.RoutingId : GenerateIdLocked();
            peer.IsShadowed = false;
            if (_routes.TryGetValue(id, out var holder) && holder != peer)
            {
                // As in libzmq, the peer that loses its routing id stays connected and is ignored. If it were closed, it would
                // reconnect and take the routing id back.
                if (Options.RouterHandover) holder.IsShadowed = true;
                else peer.IsShadowed = true;
            }

            if (!peer.IsShadowed) _routes[id] = peer;
            peer.RoutingId = id;
            return id;
        }
    }

    private protected override void OnDetached(Peer peer)
    {
        lock (_routingGate)
        {
            var routes = _routes.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (routes.TryGetValue(peer.RoutingId.Span, out var holder) && holder == peer) routes.Remove(peer.RoutingId.Span);
        }
    }

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        if (!peer.IsShadowed) return base.OnMessage(peer, message);
        message.Dispose();
        return true;
    }

    // A zero byte, which no peer may choose, and a counter from a random start: ids are not reused soon, nor guessed from an old run.
    private byte[] GenerateIdLocked()
    {
        var id = new byte[GeneratedIdBytes];
        BinaryPrimitives.WriteUInt32BigEndian(id.AsSpan(1), _nextId++);
        return id;
    }
}
