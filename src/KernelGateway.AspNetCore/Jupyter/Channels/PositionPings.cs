using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The pings of one connection: when one is due, which position it carries, what the answers say, and whether the client still answers.</summary>
/// <remarks>
/// Pings are spread evenly over what is on its way: behind each message when that is little, as with output at an ordinary pace. In a flood
/// <see cref="SendWindow"/> keeps it little.
/// </remarks>
/// <param name="acknowledge">Whether the client's answers are wanted for what they say of messages, too.</param>
/// <param name="time">The clock.</param>
internal sealed class PositionPings(bool acknowledge, TimeProvider time)
{
    // Each answer is a packet of its own. Of more than ten the client's machine keeps the rest back until the first are confirmed (RFC 6928),
    // and throws them away when the connection breaks. Clients, too, may take very many at once for an attack (ws on Node does beyond 60).
    private const int MaxOnTheWay = 8;

    // While there are fewer, the last message of a piece always has one: JupyterLab's client connects anew when it has read that its kernel restarts,
    // and would read it again if the ping came in a packet behind it. The rest is for what is sent before they are answered.
    private const int MaxUnspread = MaxOnTheWay / 2;

    // A message that is larger than the window is followed by so many others at most.
    private const int MaxLargeOnTheWay = 2;

    // A client that answered pings and then none of so many, one an interval, is gone.
    private const int UntilGone = 3;

    private readonly Lock _gate = new();
    private readonly Queue<Ping> _onTheWay = new();
    private readonly SendWindow _window = new(time);
    private long _writtenPosition;
    private long _writtenBytes;
    private long _pingedPosition;
    private long _pingedBytes;
    private long _answeredBytes;
    private bool _isFull;        // until half of the window is free: what is sent in one piece is not to become ever smaller
    private bool _hasProbed;     // since it became full
    private bool _isUnbounded;
    private bool _hasAnswered;
    private int _intervalsOfSilence;
    private bool _isDue;

    private long BytesOnTheWay => _writtenBytes - _answeredBytes;

    // Large messages with a ping behind each: waiting for every single one would cost, and tell nothing.
    private bool HasRoomForLarge => _onTheWay.Count < MaxLargeOnTheWay && _pingedPosition == _writtenPosition;

    /// <summary>Gets a value indicating whether the client has answered a ping of this connection.</summary>
    public bool HasAnswered
    {
        get
        {
            lock (_gate) return _hasAnswered;
        }
    }

    /// <summary>Gets a value indicating whether answers are wanted, and the client has never given one on this connection.</summary>
    public bool IsUnanswered
    {
        get
        {
            lock (_gate) return acknowledge && !_hasAnswered;
        }
    }

    /// <summary>Gives how many bytes may be sent now; one message may always be longer. 0 when there is no room before the client has answered.</summary>
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

    /// <summary>Gives up waiting for the first answer: not every client gives one, and such a client gets everything all the same.</summary>
    public void OnNoAnswer()
    {
        lock (_gate) _isUnbounded = !_hasAnswered;
    }

    /// <summary>Notes a message that has been written.</summary>
    public void OnWritten(QueuedMessage message)
    {
        lock (_gate)
        {
            _writtenPosition = message.Position;
            _writtenBytes += message.Size;
        }
    }

    /// <summary>Notes that something has come from the client.</summary>
    public void OnHeard()
    {
        lock (_gate) _intervalsOfSilence = 0;
    }

    /// <summary>Notes that an interval is over: a ping is due. False when a client that answers pings has been silent for too many intervals.</summary>
    public bool OnInterval()
    {
        lock (_gate)
        {
            _isDue = true;
            return ++_intervalsOfSilence <= UntilGone || !_hasAnswered;
        }
    }

    /// <summary>Makes a ping; false when there is no reason for one.</summary>
    /// <param name="followingBytes">How much follows at once, over which pings are spread as well.</param>
    /// <param name="position">Receives the position that it carries.</param>
    public bool TryMake(long followingBytes, out long position)
    {
        lock (_gate)
        {
            position = _pingedPosition;
            if (!_isDue && !IsNews(followingBytes)) return false;
            _isDue = false;
            _hasProbed |= _isFull;

            // A second ping of one position: its answer would be taken for one to the first.
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
    /// <param name="position">The position of the last message that the client has received; null when the answer carries none.</param>
    /// <param name="makesRoom">Receives whether something can be sent that could not before, a ping at least.</param>
    public bool TryAnswer([NotNullWhen(true)] long? position, out bool makesRoom)
    {
        makesRoom = false;
        lock (_gate)
        {
            _intervalsOfSilence = 0;
            if (position is null || position > _pingedPosition) return false;
            _hasAnswered = true;
            makesRoom = _isUnbounded;
            _isUnbounded = false;

            // A client may answer only the newest of several pings.
            Ping? answered = null;
            while (_onTheWay.TryPeek(out var ping) && ping.Position <= position) answered = _onTheWay.Dequeue();
            if (answered is { } newest)
            {
                _answeredBytes = newest.WrittenBytes;
                _window.OnAnswer(newest.SentAt, newest.WrittenBytes - newest.AnsweredBytes);
            }

            makesRoom |= IsNews(0) || (_isFull && (BytesOnTheWay < _window.Bytes / 2 || HasRoomForLarge));

            // A client without TCP_NODELAY keeps its other answers back until TCP has confirmed this one, and TCP waits 40 ms for something to
            // confirm it with. So while nothing else may be sent, a ping is.
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
    /// <param name="Position">What it carries.</param>
    /// <param name="WrittenBytes">How much had been written before it.</param>
    /// <param name="AnsweredBytes">How much of that was known to have arrived.</param>
    /// <param name="SentAt">When it was written, as a timestamp.</param>
    private readonly record struct Ping(long Position, long WrittenBytes, long AnsweredBytes, long SentAt);
}
