using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>REQ: sends a request, then receives its answer, in strict turn.</summary>
/// <remarks>
/// 28/REQREP. When the connection of a request is lost, its answer does not arrive: dispose the socket and create a new one.
/// </remarks>
public sealed class RequestSocket : ZmtpSocket
{
    private const int Idle = 0;
    private const int Asked = 1;
    private const int Answered = 2;

    private static readonly ReadOnlyMemory<byte>[] Delimiter = [ReadOnlyMemory<byte>.Empty];

    private readonly LoadBalancer _outgoing;
    private volatile Peer? _askedPeer;
    private int _state;

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public RequestSocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
        // Noted before the request goes out: the answer may be faster than the sender's return.
        _outgoing = new LoadBalancer(nameof(RequestSocket), peer => _askedPeer = peer);
    }

    private protected override ZmtpSocketType Type => ZmtpSocketType.Req;

    /// <summary>Sends a request to the next peer that has room in its queue, and waits while none has.</summary>
    /// <param name="frames">The frames, one or more, without the delimiter. They must not change afterwards.</param>
    /// <param name="cancellationToken">Cancels the wait for room; a request that was accepted is sent whole.</param>
    /// <returns>A task that completes when the request was given to the transport or accepted into the queue.</returns>
    /// <exception cref="InvalidOperationException">The answer to the request before has not been received.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the request is not sent, and another may be.</exception>
    public async ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default)
    {
        CheckSend(frames);
        if (Interlocked.CompareExchange(ref _state, Asked, Idle) != Idle)
            throw new InvalidOperationException("The answer to the last request has to be received before the next one is sent.");
        try
        {
            await _outgoing.SendAsync(new OutgoingMessage(frames, Envelope: Delimiter), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Volatile.Write(ref _state, Idle);
            throw;
        }
    }

    /// <summary>Receives the answer to the request. One receive may be pending.</summary>
    /// <param name="cancellationToken">Cancels the wait; the answer can still be received afterwards.</param>
    /// <returns>The answer without the delimiter, which the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">No request was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public async ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Volatile.Read(ref _state) == Idle) throw new InvalidOperationException("A request has to be sent before its answer is received.");
        var answer = await Incoming.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _state, Idle);
        return answer;
    }

    private protected override void OnEndpointAdded(Peer peer) => _outgoing.Add(peer);

    private protected override void OnAttached(Peer peer)
    {
        if (peer.IsAccepted) _outgoing.Add(peer);
    }

    private protected override void OnDetached(Peer peer)
    {
        if (peer.IsAccepted) _outgoing.Remove(peer);
    }

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        if (message.Count < 2 || !message[0].IsEmpty)
        {
            message.Dispose();
            throw new ZmtpProtocolException("An answer to a REQ begins with an empty frame and has at least one more.");
        }

        // An unexpected answer: late, or not from the peer that got the request.
        if (peer != _askedPeer || Interlocked.CompareExchange(ref _state, Answered, Asked) != Asked)
        {
            message.Dispose();
            return true;
        }

        message.Skip(1);
        return base.OnMessage(peer, message);
    }

    private protected override void OnRoom() => _outgoing.SendPending();

    private protected override void OnDisposing() => _outgoing.Close();
}
