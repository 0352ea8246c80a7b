using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>
/// The pings of one connection: when a ping is due, its position, the acknowledgements of its pong, and whether the client still
/// reads.
/// </summary>
/// <remarks>
/// Pings are spread evenly over the bytes in flight: behind each message when there are few, as with output at an ordinary rate.
/// In a flood <see cref="SendWindow"/> limits the bytes in flight.
/// </remarks>
/// <param name="acknowledge">Whether pongs acknowledge messages; else they only show that the client is alive.</param>
/// <param name="time">The clock.</param>
internal sealed class PositionPings(bool acknowledge, TimeProvider time)
{
    // Each pong is a packet of its own. Beyond ten the client's machine holds the rest until the first are confirmed (RFC 6928),
    // and discards them when the connection breaks. Clients may treat many pings at once as an attack (ws on Node does beyond
    // 60).
    private const int MaxOnTheWay = 8;

    // While fewer are unanswered, a ping always follows the last message of a batch: JupyterLab reconnects when it has read that
    // its kernel restarts, and would read that message again if the ping came in a later packet. The rest is for messages that
    // are sent before the pongs.
    private const int MaxUnspread = MaxOnTheWay / 2;

    // At most this number of messages larger than the window is in flight.
    private const int MaxLargeOnTheWay = 2;

    // A client is given up after this number of intervals in which it has sent nothing and has not read what was being written,
    // and one more. Silence alone proves nothing: a client that computes, or thinks, answers pings when it reads again.
    private const int MaxStalledIntervals = 3;

    private readonly Lock _gate = new();
    private readonly Queue<Ping> _onTheWay = new();
    private readonly SendWindow _window = new(time);
    private long _writtenPosition;
    private long _writtenBytes;
    private long _pingedPosition;
    private long _pingedBytes;
    private long _answeredBytes;
    private bool _isFull;        // until half of the window is free, so that batches do not become ever smaller
    private bool _hasProbed;     // a ping was sent since the window became full
    private bool _isUnbounded;
    private bool _hasAnswered;
    private int _stalledIntervals;
    private long _bytesAtInterval;
    private bool _isDue;

    private long BytesOnTheWay => _writtenBytes - _answeredBytes;

    // Each large message has its own ping. Waiting for every single pong would cost time and gain nothing.
    private bool HasRoomForLarge => _onTheWay.Count < MaxLargeOnTheWay && _pingedPosition == _writtenPosition;

    /// <summary>Gets a value indicating whether the client has answered a ping of this connection.</summary>
    public bool HasAnswered
    {
        get
        {
            lock (_gate) return _hasAnswered;
        }
    }

    /// <summary>Gets a value indicating whether pongs are expected and none has come on this connection.</summary>
    public bool IsUnanswered
    {
        get
        {
            lock (_gate) return acknowledge && !_hasAnswered;
        }
    }

    /// <summary>
    /// Returns the number of bytes that may be sent now; a single message may exceed it. 0 when a pong has to come first.
    /// </summary>
    public long GetRoom()
    {
        lock (_gate)
        {
            if (!acknowledge || _isUnbounded) return long.MaxValue;
            _isFull = BytesOnTheWay >= (_isFull ? _window.Bytes / 2 : _window.Bytes);
            if (_isFull) return HasRoomForLarge ? 1 : 0;
            _hasProbed = false;
            return _window.Bytes - BytesOnTheWay;
        }
    }

    /// <summary>Stops waiting for the first pong: a client that answers no pings is served without a window.</summary>
    public void OnNoAnswer()
    {
        lock (_gate) _isUnbounded = !_hasAnswered;
    }

    /// <summary>Records a message that has been written.</summary>
    public void OnWritten(QueuedMessage message)
    {
        lock (_gate)
        {
            _writtenPosition = message.Position;
            _writtenBytes += message.Size;
        }
    }

    /// <summary>Records that a message has come from the client.</summary>
    public void OnHeard()
    {
        lock (_gate) _stalledIntervals = 0;
    }

    /// <summary>Handles the end of an interval: a ping is due.</summary>
    /// <param name="isWriting">Whether a write waits for the client to read.</param>
    /// <param name="writtenBytes">The number of bytes written so far (<see cref="Sockets.IChannelSocket.WrittenBytes"/>).</param>
    /// <returns>
    /// False when a client that has answered pings has neither sent nor read anything for too many intervals, while bytes waited.
    /// </returns>
    public bool OnInterval(bool isWriting, long writtenBytes)
    {
        lock (_gate)
        {
            _isDue = true;
            _stalledIntervals = isWriting && writtenBytes == _bytesAtInterval ? _stalledIntervals + 1 : 0;
            _bytesAtInterval = writtenBytes;
            return _stalledIntervals <= MaxStalledIntervals || !_hasAnswered;
        }
    }

    /// <summary>Creates a ping; false when none is due.</summary>
    /// <param name="followingBytes">The number of bytes that follow in this batch; pings are spread over them too.</param>
    /// <param name="position">Receives the position that it carries.</param>
    public bool TryMake(long followingBytes, out long position)
    {
        lock (_gate)
        {
            position = _pingedPosition;
            if (!_isDue && !IsNews(followingBytes)) return false;
            _isDue = false;
            _hasProbed |= _isFull;

            // A repeated position is not recorded again: its pong could not be told from the first one.
            if (_writtenPosition > _pingedPosition)
            {
                _pingedPosition = _writtenPosition;
                _pingedBytes = _writtenBytes;
                _onTheWay.Enqueue(new Ping(_pingedPosition, _pingedBytes, _answeredBytes, time.GetTimestamp()));
            }

            position = _pingedPosition;
            return true;
        }
    }

    /// <summary>Handles an answer; false when it answers none of these pings.</summary>
    /// <param name="position">The position of the last message that the client has received; null when the answer carries
    /// none.</param>
    /// <param name="makesRoom">Receives whether more can be sent than before, at least a ping.</param>
    public bool TryAnswer([NotNullWhen(true)] long? position, out bool makesRoom)
    {
        makesRoom = false;
        lock (_gate)
        {
            _stalledIntervals = 0;
            if (position is null || position > _pingedPosition) return false;
            _hasAnswered = true;
            makesRoom = _isUnbounded;
            _isUnbounded = false;

            // RFC 6455, 5.5.3: a client may answer only the newest of several pings.
            Ping? answered = null;
            while (_onTheWay.TryPeek(out var ping) && ping.Position <= position) answered = _onTheWay.Dequeue();
            if (answered is { } newest)
            {
                _answeredBytes = newest.WrittenBytes;
                _window.OnAnswer(newest.SentAt, newest.WrittenBytes - newest.AnsweredBytes);
            }

            makesRoom |= IsNews(0) || (_isFull && (BytesOnTheWay < _window.Bytes / 2 || HasRoomForLarge));

            // A client without TCP_NODELAY holds its other pongs until TCP has confirmed this one, and a delayed TCP
            // acknowledgement takes 40 ms. So a ping is sent, which carries the acknowledgement, while nothing else may be sent.
            if (makesRoom || !_isFull || _hasProbed) return true;
            makesRoom = _isDue = true;
            return true;
        }
    }

    private bool IsNews(long followingBytes) =>
        acknowledge && _writtenPosition > _pingedPosition && _onTheWay.Count < MaxOnTheWay
        && ((followingBytes == 0 && _onTheWay.Count < MaxUnspread)
            || (_writtenBytes - _pingedBytes) * MaxOnTheWay >= BytesOnTheWay + followingBytes);

    /// <summary>A ping that has not been answered.</summary>
    /// <param name="Position">The position that it carries.</param>
    /// <param name="WrittenBytes">The bytes that were written before it.</param>
    /// <param name="AnsweredBytes">The part of them that was acknowledged at that time.</param>
    /// <param name="SentAt">When it was written, as a timestamp.</param>
    private readonly record struct Ping(long Position, long WrittenBytes, long AnsweredBytes, long SentAt);
}
