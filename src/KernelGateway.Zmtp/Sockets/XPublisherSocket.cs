using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>XPUB: like PUB, and also passes subscriptions and messages of subscribers to the application.</summary>
/// <remarks>29/PUBSUB. A message <c>01 topic</c> is received when a topic gets its first subscriber over all connections, <c>00 topic</c>
/// when it loses its last.</remarks>
public sealed class XPublisherSocket : ZmtpSocket
{
    private readonly Distributor _outgoing = new();

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public XPublisherSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    /// <summary>Gets how many times a message was not queued for a subscriber because its queue was full.</summary>
    public long DroppedMessages => _outgoing.Dropped;

    private protected override ZmtpSocketType Type => ZmtpSocketType.XPub;

    /// <summary>Publishes a message. Never waits.</summary>
    /// <param name="frames">The frames, one or more; topics are compared with the first. They must never change again.</param>
    /// <param name="cancellationToken">Looked at before anything is done.</param>
    /// <returns>A task that is complete.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default)
    {
        CheckSend(frames);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        _outgoing.Send(frames);
        return ValueTask.CompletedTask;
    }

    /// <summary>Receives the next change of subscriptions or upstream message. Several receives may be pending.</summary>
    /// <param name="cancellationToken">Cancels the wait; no message is lost by it.</param>
    /// <returns>The message, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default) => Incoming.ReceiveAsync(cancellationToken);

    private protected override void OnAttached(Peer peer) => _outgoing.Add(peer);

    private protected override void OnDetached(Peer peer)
    {
        foreach (var topic in _outgoing.Remove(peer))
            Incoming.Deliver(peer.Inbox, SubscriptionChange.ToMessage(subscribe: false, topic));
    }

    private protected override bool OnSubscription(Peer peer, bool subscribe, ReadOnlySpan<byte> topic) =>
        !_outgoing.Apply(peer, subscribe, topic) || Incoming.Deliver(peer.Inbox, SubscriptionChange.ToMessage(subscribe, topic));

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        if (!SubscriptionChange.TryRead(message, out var subscribe, out var topic)) return base.OnMessage(peer, message);
        using (message)
            return OnSubscription(peer, subscribe, topic);
    }
}
