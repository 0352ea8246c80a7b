using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;

namespace KernelGateway.Zmtp.Connections;

/// <summary>
/// The notifications of a connection to its socket. All calls for one peer are made by its connection, one after another.
/// </summary>
internal interface IConnectionOwner
{
    ZmtpSocketOptions Options { get; }

    ZmtpSocketType Type { get; }

    ZmtpMechanism CreateMechanism();

    /// <summary>Names a peer that has finished its handshake; gives the frame to put in front of each of its messages, if any.</summary>
    ReadOnlyMemory<byte>? Identify(Peer peer, ZmtpMetadata metadata);

    void OnAttached(Peer peer);

    void OnDetached(Peer peer);

    /// <summary>
    /// Receives a message; false asks the connection to wait for room in the peer's inbox before it continues to read.
    /// </summary>
    bool OnMessage(Peer peer, ZmtpMessage message);

    /// <summary>Receives a subscription or a cancellation; false as for a message.</summary>
    bool OnSubscription(Peer peer, bool subscribe, ReadOnlySpan<byte> topic);
}
