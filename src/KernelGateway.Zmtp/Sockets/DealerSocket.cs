using System.Diagnostics.CodeAnalysis;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>DEALER: sends to its peers in turn, receives from all of them.</summary>
/// <remarks>28/REQREP. For a REP peer the caller sends the empty delimiter frame.</remarks>
public sealed class DealerSocket : ZmtpSocket
{
    private readonly LoadBalancer _outgoing = new(nameof(DealerSocket));

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public DealerSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    private protected override ZmtpSocketType Type => ZmtpSocketType.Dealer;

    /// <summary>Sends a message to the next peer that has room in its queue, and waits while none has.</summary>
    /// <param name="frames">The frames, one or more. They, and the list, must not change afterwards: they may be written
    /// later.</param>
    /// <param name="cancellationToken">Cancels the wait for room; a message that was accepted is sent whole.</param>
    /// <returns>A task that completes when the message was given to the transport or accepted into the queue.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message is not sent.</exception>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default)
    {
        CheckSend(frames);
        return _outgoing.SendAsync(new OutgoingMessage(frames), cancellationToken);
    }

    /// <summary>Receives the next message: one of each peer that has any, in turn. Several receives may be pending.</summary>
    /// <param name="cancellationToken">Cancels the wait; no message is lost by it.</param>
    /// <returns>The message, which the caller disposes.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default) => Incoming.ReceiveAsync(cancellationToken);

    /// <summary>Takes a message that has been received already, also one whose connection has ended.</summary>
    /// <param name="message">The message, which the caller disposes; null when there is none.</param>
    /// <returns>False when none is waiting.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TryReceive([NotNullWhen(true)] out ZmtpMessage? message) => Incoming.TryReceive(out message);

    private protected override void OnEndpointAdded(Peer peer) => _outgoing.Add(peer);

    private protected override void OnAttached(Peer peer)
    {
        if (peer.IsAccepted) _outgoing.Add(peer);
    }

    private protected override void OnDetached(Peer peer)
    {
        if (peer.IsAccepted) _outgoing.Remove(peer);
    }

    private protected override void OnRoom() => _outgoing.SendPending();

    private protected override void OnDisposing() => _outgoing.Close();
}
