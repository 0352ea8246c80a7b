using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;

namespace KernelGateway.Zmtp.Sockets;

/// <summary>REP: receives a request, then sends its answer, in strict turn.</summary>
/// <remarks>
/// 28/REQREP. The envelope of a request is kept and put before the answer. Requests without a delimiter are dropped.
/// </remarks>
public sealed class ReplySocket : ZmtpSocket
{
    private const int Idle = 0;
    private const int Receiving = 1;
    private const int Received = 2;

    private static readonly ReadOnlyMemory<byte>[] BareEnvelope = [ReadOnlyMemory<byte>.Empty];

    private int _state;
    private Peer? _requester;
    private ReadOnlyMemory<byte>[] _envelope = BareEnvelope;

    /// <summary>Creates a socket; it does nothing until it is connected or bound.</summary>
    /// <param name="options">The settings; defaults when left out.</param>
    public ReplySocket(ZmtpSocketOptions? options = null)
        : base(options)
    {
    }

    private protected override ZmtpSocketType Type => ZmtpSocketType.Rep;

    /// <summary>Receives the next request. One receive may be pending.</summary>
    /// <param name="cancellationToken">Cancels the wait; no request is lost by it.</param>
    /// <returns>The request without its envelope, which the caller disposes.</returns>
    /// <exception cref="InvalidOperationException">The request before has not been answered, or another receive is pending.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or while waiting.</exception>
    public async ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Interlocked.CompareExchange(ref _state, Receiving, Idle) != Idle)
            throw new InvalidOperationException("The last request has to be answered before the next one is received.");
        try
        {
            var request = await Incoming.ReceiveAsync(cancellationToken).ConfigureAwait(false);
            Unwrap(request);
            Volatile.Write(ref _state, Received);
            return request;
        }
        catch
        {
            Volatile.Write(ref _state, Idle);
            throw;
        }
    }

    /// <summary>Answers the request received last. Never waits: when the requester has gone or its queue is full, the answer is dropped.</summary>
    /// <param name="frames">The frames, one or more, without the envelope. They must not change afterwards.</param>
    /// <param name="cancellationToken">Checked before the answer is sent.</param>
    /// <returns>A task that is complete.</returns>
    /// <exception cref="InvalidOperationException">There is no request to answer.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken = default)
    {
        CheckSend(frames);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (Volatile.Read(ref _state) != Received) throw new InvalidOperationException("A request has to be received before an answer is sent.");
        var requester = _requester;
        var answer = new OutgoingMessage(frames, Envelope: _envelope);
        _requester = null;
        Volatile.Write(ref _state, Idle);
        requester?.Outbox.TryEnqueue(answer);
        return ValueTask.CompletedTask;
    }

    private protected override bool OnMessage(Peer peer, ZmtpMessage message)
    {
        var delimiter = FindDelimiter(message);
        if (delimiter < 0 || delimiter == message.Count - 1)
        {
            message.Dispose();
            return true;
        }

        message.Source = peer;
        return base.OnMessage(peer, message);
    }

    private static int FindDelimiter(ZmtpMessage message)
    {
        for (var i = 0; i < message.Count; i++)
            if (message[i].IsEmpty) return i;
        return -1;
    }

    // The message goes back to the pool before the answer is sent, so the envelope is copied.
    private void Unwrap(ZmtpMessage request)
    {
        var delimiter = FindDelimiter(request);
        _envelope = BareEnvelope;
        if (delimiter > 0)
        {
            _envelope = new ReadOnlyMemory<byte>[delimiter + 1];
            for (var i = 0; i < delimiter; i++)
                _envelope[i] = request[i].ToArray();
        }

        _requester = (Peer?)request.Source;
        request.Skip(delimiter + 1);
    }
}
