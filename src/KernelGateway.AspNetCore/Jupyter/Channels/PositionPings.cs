using System.Buffers.Binary;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The pings of one connection: when one is due, which position it carries, and whether the client still answers.</summary>
/// <param name="acknowledge">Whether the client's answers are wanted for what they say of messages, too.</param>
internal sealed class PositionPings(bool acknowledge)
{
    /// <summary>How many bytes a ping carries.</summary>
    public const int PayloadBytes = sizeof(long);

    // So much comes again when the connection breaks between two of them.
    private const long BytesBetween = 4 << 10;

    // A client that is asked to answer very many at once may take that for an attack (ws on Node ends the connection).
    private const int MaxOnTheWay = 16;

    // A client that answered none of so many pings, one an interval, is gone.
    private const int UntilGone = 3;

    private readonly Lock _gate = new();
    private long _writtenPosition;
    private long _pingedPosition;
    private long _bytesBehindPing;
    private int _onTheWay;
    private int _intervalsOfSilence;
    private bool _isDue;

    /// <summary>Notes a message that has been written.</summary>
    public void OnWritten(QueuedMessage message)
    {
        lock (_gate)
        {
            _writtenPosition = message.Position;
            _bytesBehindPing += message.Size;
        }
    }

    /// <summary>Notes that something has come from the client.</summary>
    public void OnHeard()
    {
        lock (_gate) _intervalsOfSilence = 0;
    }

    /// <summary>Notes that an interval is over: a ping is due. False when the client has been silent for too many of them.</summary>
    public bool OnInterval()
    {
        lock (_gate)
        {
            _isDue = true;
            return ++_intervalsOfSilence <= UntilGone;
        }
    }

    /// <summary>Makes a ping; false when there is no reason for one.</summary>
    /// <param name="moreFollows">Whether messages follow at once, so that one behind them may do.</param>
    /// <param name="payload">Receives what it carries.</param>
    public bool TryMake(bool moreFollows, Span<byte> payload)
    {
        lock (_gate)
        {
            var isNews = acknowledge && _writtenPosition > _pingedPosition && _onTheWay < MaxOnTheWay
                && (!moreFollows || _bytesBehindPing >= BytesBetween);
            if (!isNews && !_isDue) return false;
            _isDue = false;
            _onTheWay++;
            _bytesBehindPing = 0;
            _pingedPosition = _writtenPosition;
            BinaryPrimitives.WriteInt64BigEndian(payload, _writtenPosition);
            return true;
        }
    }

    /// <summary>Reads an answer; false when it answers none of these pings.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, out long position)
    {
        position = 0;
        lock (_gate)
        {
            _intervalsOfSilence = 0;
            if (!BinaryPrimitives.TryReadInt64BigEndian(payload, out position) || position > _pingedPosition) return false;

            // A client may answer only the newest of several pings.
            _onTheWay = position == _pingedPosition ? 0 : Math.Max(0, _onTheWay - 1);
            return true;
        }
    }
}
