using System.Diagnostics.CodeAnalysis;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>SUB: receives the messages whose first frame begins with a topic it has subscribed to.</summary>
/// <remarks>
/// 29/PUBSUB. This side drops no message: when the application does not receive fast enough, the connection is not read, and the
/// publisher decides about messages that it cannot send. Messages that were published before the subscription reached the
/// publisher are not received.
/// </remarks>
public sealed class SubscriberSocket : ZmtpSocket
{
    private readonly Lock _subscriptionGate = new();
    private readonly TopicSet _topics = new();

    // Guarded by _subscriptionGate, so that a peer gets subscriptions and cancellations in their order.
    private readonly Dictionary<byte[], int> _counts = new(ByteArrayComparer.Instance);
    private readonly List<Peer> _attached = [];

    /// <summary>Creates a socket; it receives nothing until it is connected and has subscribed.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public SubscriberSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    private protected override ZmtpSocketType Type => ZmtpSocketType.Sub;

    /// <summary>Subscribes to a topic, at all peers, now and after each reconnect. Subscriptions to the same topic are counted.</summary>
    /// <param name="topic">The bytes with which a message's first frame begins; empty for every message.</param>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Subscribe(ReadOnlySpan<byte> topic)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        lock (_subscriptionGate)
        {
            var counts = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
            counts.TryGetValue(topic, out var count);
            if (count == 0)
            {
                _topics.Add(topic);
                SendToAllLocked(subscribe: true, topic);
            }

            counts[topic] = count + 1;
        }
    }

    /// <summary>Ends one subscription to a topic; the topic is cancelled with the last. A topic without a subscription is ignored.</summary>
    /// <param name="topic">The topic as it was subscribed to.</param>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Unsubscribe(ReadOnlySpan<byte> topic)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        lock (_subscriptionGate)
        {
            var counts = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!counts.TryGetValue(topic, out var count)) return;
            if (count > 1)
            {
                counts[topic] = count - 1;
                return;
            }

            counts.Remove(topic);
            _topics.Remove(topic);
            SendToAllLocked(subscribe: false, topic);
        }
    }

    /// <summary>Receives the next message: one of each publisher that has any, in turn. Several receives may be pending.</summary>
    /// <param name="cancellationToken">Cancels the wait; no message is lost by it.</param>
    /// <returns>The message, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default) => Incoming.ReceiveAsync(cancellationToken);

    /// <summary>Takes a message that has been received already, also one whose connection has ended.</summary>
    /// <param name="message">The message, which the caller disposes; null when there is none.</param>
    /// <returns>False when none is waiting.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TryReceive([NotNullWhen(true)] out ZmtpMessage? message) => Incoming.TryReceive(out message);

    private protected override void OnAttached(Peer peer)
    {
        lock (_subscriptionGate)
        {
            foreach (var topic in _topics.ToSortedArray())
                peer.Outbox.EnqueueCommand(ZmtpCommand.SubscriptionFrame(subscribe: true, topic, peer.Minor));
            _attached.Add(peer);
        }
    }

    private protected override void OnDetached(Peer peer)
    {
        lock (_subscriptionGate)
            _attached.Remove(peer);
    }

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        // Some publishers send all messages regardless of the subscriptions (Deno).
        if (_topics.Matches(message[0].Span)) return base.OnMessage(peer, message);
        message.Dispose();
        return true;
    }

    private void SendToAllLocked(bool subscribe, ReadOnlySpan<byte> topic)
    {
        foreach (var peer in _attached)
            peer.Outbox.EnqueueCommand(ZmtpCommand.SubscriptionFrame(subscribe, topic, peer.Minor));
    }
}
