namespace KernelGateway.Benchmarks.Gateways;

/// <summary>Decodes the chunks of one response body as bytes arrive (RFC 9112, section 7.1).</summary>
internal struct ChunkedDecoder
{
    private State _state;
    private long _remaining;

    private enum State
    {
        Size,
        Extension,
        Data,
        DataEnd,
        Trailer,
        Done,
    }

    public readonly bool IsDone => _state == State.Done;

    /// <summary>Takes received bytes and returns how many of them belong to this body.</summary>
    public int Read(ReadOnlySpan<byte> received, BodyScan body)
    {
        var at = 0;
        while (at < received.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                var length = (int)Math.Min(_remaining, received.Length - at);
                body.Take(received.Slice(at, length), received.Length - at - length);
                at += length;
                _remaining -= length;
                if (_remaining == 0) _state = State.DataEnd;
            }
            else
            {
                ReadByte(received[at++]);
            }
        }

        return at;
    }

    private void ReadByte(byte value)
    {
        switch (_state)
        {
            case State.Size when value == '\n':
            case State.Extension when value == '\n':
                _state = _remaining == 0 ? State.Trailer : State.Data;
                break;
            case State.Size when char.IsAsciiHexDigit((char)value):
                _remaining = _remaining * 16 + (value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10);
                break;
            case State.Size when value == ';':
                _state = State.Extension;
                break;
            case State.DataEnd when value == '\n':
                _state = State.Size;
                break;
            // The gateway sends no trailer fields, so the empty line follows at once.
            case State.Trailer when value == '\n':
                _state = State.Done;
                break;
        }
    }
}
