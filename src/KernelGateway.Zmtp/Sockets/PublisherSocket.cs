using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>PUB: sends each message to every subscriber with a matching topic; a subscriber that does not keep up loses whole messages.</summary>
/// <remarks>29/PUBSUB. Without subscribers a message goes nowhere.</remarks>
public sealed class PublisherSocket : ZmtpSocket
{
    private readonly Distributor _outgoing = new();

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public PublisherSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    /// <summary>Gets how many times a message was not queued for a subscriber because its queue was full.</summary>
    public long DroppedMessages => _outgoing.Dropped;

    private protected override ZmtpSocketType Type => ZmtpSocketType.Pub;

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

    private protected override void OnAttached(Peer peer) => _outgoing.Add(peer);

    private protected override void OnDetached(Peer peer) => _outgoing.Remove(peer);

    private protected override bool OnSubscription(Peer peer, bool subscribe, ReadOnlySpan<byte> topic)
    {
        _outgoing.Apply(peer, subscribe, topic);
        return true;
    }

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        using (message)
            if (SubscriptionChange.TryRead(message, out var subscribe, out var topic)) _outgoing.Apply(peer, subscribe, topic);
        return true;
    }
}
