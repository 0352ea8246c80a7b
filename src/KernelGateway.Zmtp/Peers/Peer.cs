using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Peers;

/// <summary>What a socket keeps about one peer: its queues, its name, its subscriptions.</summary>
/// <remarks>A connecting socket keeps the peer of an endpoint from one connection to the next; an accepted connection has a peer of its own.</remarks>
internal sealed class Peer(string endpoint, bool isAccepted, Inbox inbox, Outbox outbox)
{
    private Action? _handshakeEnded;

    public string Endpoint => endpoint;

    public bool IsAccepted => isAccepted;

    public Inbox Inbox => inbox;

    public Outbox Outbox => outbox;

    /// <summary>Gets or sets the major version of the connection.</summary>
    public byte Major { get; set; }

    /// <summary>Gets or sets the minor version of the connection, which decides on the form of subscriptions.</summary>
    public byte Minor { get; set; }

    /// <summary>Gets or sets the routing id a ROUTER addresses the peer by.</summary>
    public ReadOnlyMemory<byte> RoutingId { get; set; }

    /// <summary>Gets or sets a value indicating whether a ROUTER ignores the peer, because its routing id is in use.</summary>
    public bool IsShadowed { get; set; }

    /// <summary>Sets the callback for the end of the handshake, successful or not.</summary>
    public Action? HandshakeEnded
    {
        set => _handshakeEnded = value;
    }

    /// <summary>Gets the topics the peer has subscribed to (PUB and XPUB).</summary>
    public TopicSet Topics { get; } = new();

    public void EndHandshake() => Interlocked.Exchange(ref _handshakeEnded, null)?.Invoke();
}
