namespace KernelGateway.Zmtp.Framing;

/// <summary>Decodes the bytes of a stream into messages and commands. Does no I/O.</summary>
/// <remarks>The owner reads from the stream into <see cref="GetMemory"/>, calls <see cref="Advance"/>, and takes units until there
/// are no more. Small frames pass through the decoder's buffer; the body of a large one is read directly into the block that the
/// message keeps.</remarks>
internal sealed class ZmtpDecoder(ZmtpLimits limits, IZmtpMemoryBudget? budget = null) : IDisposable
{
    // Frames up to this size are copied from the buffer, larger ones are read directly into their block.
    private const int SmallFrameBytes = 4096;
    private const int BufferBytes = 16 * 1024;

    // Blocks up to this size are allocated for the announced length; beyond it they grow as bytes arrive, by this factor.
    private const int TrustedBytes = 1 << 20;
    private const int GrowthFactor = 4;

    // A frame of which this much has arrived gets a block of its final size, and is not copied again. Unwritten memory uses
    // address space only.
    private const int ProvenBytes = 16 << 20;

    private readonly MessageAssembler _assembler = new(limits, budget);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;

    private byte[]? _body;        // the large frame being read
    private int _bodyFilled;
    private FrameHeader _bodyHeader;
    private byte[]? _lentCommand; // a large command that was returned to the caller; its block is freed at the next call

    /// <summary>Gets or sets a value indicating whether messages are due: only once the handshake is done.</summary>
    public bool AcceptsMessages { get; set; }

    /// <summary>Gets or sets a value indicating whether the peer's version has commands: all have but 2.0.</summary>
    public bool AcceptsCommands { get; set; } = true;

    /// <summary>Sets the frame a ROUTER puts in front of every message.</summary>
    public ReadOnlyMemory<byte>? MessagePrefix
    {
        set => _assembler.Prefix = value;
    }

    /// <summary>Gets the memory the next bytes of the stream are to be read into; never empty.</summary>
    /// <exception cref="ZmtpProtocolException">A frame has to grow, and the budget refuses the memory.</exception>
    public Memory<byte> GetMemory()
    {
        if (_body is not null)
        {
            if (_bodyFilled == _body.Length) GrowBody(_body);
            return _body.AsMemory(_bodyFilled, (int)Math.Min(_body.Length, _bodyHeader.BodyBytes) - _bodyFilled);
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Reports how many bytes were read into the memory.</summary>
    public void Advance(int bytes)
    {
        if (_body is not null) _bodyFilled += bytes;
        else _end += bytes;
    }

    /// <summary>Gets the bytes that have arrived and are not yet decoded, for the greeting, which is not made of frames.</summary>
    public ReadOnlySpan<byte> Undecoded => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Drops bytes from the front of <see cref="Undecoded"/>: its reader is done with them.</summary>
    public void Skip(int bytes) => _start += bytes;

    /// <summary>Returns the next whole message or command, if it has arrived.</summary>
    public bool TryRead(out ZmtpUnit unit)
    {
        unit = default;
        ReturnLentCommand();
        while (true)
        {
            if (_body is not null)
            {
                if (_bodyFilled < _bodyHeader.BodyBytes) return false;
                if (EndLargeFrame(_body, out unit)) return true;
                continue;
            }

            var available = _buffer.AsSpan(_start, _end - _start);
            if (!FrameHeader.TryRead(available, out var header)) return false;
            Check(header);
            if (header.BodyBytes > SmallFrameBytes)
            {
                BeginLargeFrame(header);
                continue;
            }

            var bodyBytes = (int)header.BodyBytes;
            if (available.Length < header.HeaderBytes + bodyBytes) return false;
            if (TakeSmallFrame(header, bodyBytes, out unit)) return true;
        }
    }

    /// <summary>Frees the blocks of an incomplete message.</summary>
    public void Dispose()
    {
        ReturnLentCommand();
        _assembler.Discard();
        if (_body is not null) FrameBlocks.Return(_body);
        _body = null;
    }

    private void Check(FrameHeader header)
    {
        if (header.IsCommand)
        {
            if (!AcceptsCommands) throw new ZmtpProtocolException("A command came from a peer that speaks ZMTP 2.0, which has none.");
            if (header.BodyBytes > ZmtpLimits.MaxCommandBytes)
                throw new ZmtpProtocolException($"Command of {header.BodyBytes} bytes; the limit is {ZmtpLimits.MaxCommandBytes}.");
            return;
        }

        if (!AcceptsMessages) throw new ZmtpProtocolException("A message came where the handshake was due.");
        _assembler.Announce(header.BodyBytes);
    }

    private bool TakeSmallFrame(FrameHeader header, int bodyBytes, out ZmtpUnit unit)
    {
        unit = default;
        var bodyStart = _start + header.HeaderBytes;
        if (header.IsCommand)
        {
            _start = bodyStart + bodyBytes;
            unit = new ZmtpUnit(_buffer.AsMemory(bodyStart, bodyBytes));
            return true;
        }

        var sizeHint = _assembler.HasBlock ? bodyBytes : MeasureBuffered();
        _assembler.Append(_buffer.AsSpan(bodyStart, bodyBytes), sizeHint);
        _start = bodyStart + bodyBytes;
        if (header.HasMore) return false;
        unit = new ZmtpUnit(_assembler.Complete());
        return true;
    }

    // The small frames of a message have usually arrived together: looking ahead allows renting one block of the right size. It
    // stops at a command, which must be returned before an error after it is reported.
    private int MeasureBuffered()
    {
        var total = 0;
        var rest = _buffer.AsSpan(_start, _end - _start);
        while (FrameHeader.TryRead(rest, out var header) && !header.IsCommand && header.BodyBytes <= SmallFrameBytes)
        {
            total += (int)header.BodyBytes;
            var frameBytes = header.HeaderBytes + (int)header.BodyBytes;
            if (frameBytes >= rest.Length || !header.HasMore) break;
            rest = rest[frameBytes..];
        }

        return total;
    }

    private void BeginLargeFrame(FrameHeader header)
    {
        _start += header.HeaderBytes;
        _bodyHeader = header;
        _body = RentBody((int)Math.Min(header.BodyBytes, TrustedBytes));
        _bodyFilled = (int)Math.Min(_end - _start, header.BodyBytes);
        _buffer.AsSpan(_start, _bodyFilled).CopyTo(_body);
        _start += _bodyFilled;
    }

    private void GrowBody(byte[] body)
    {
        var proven = body.Length >= ProvenBytes ? _bodyHeader.BodyBytes : (long)body.Length * GrowthFactor;
        var larger = RentBody((int)Math.Min(_bodyHeader.BodyBytes, proven));
        body.AsSpan(0, _bodyFilled).CopyTo(larger);
        _body = larger;
        FrameBlocks.Return(body);
        _assembler.Release(body.Length);
    }

    // Asked when a block is taken, not when it has filled: a message that does not fit is refused before most of it is read.
    private byte[] RentBody(int bytes)
    {
        // A command is short, never grows and is gone before the next frame is read.
        if (!_bodyHeader.IsCommand) _assembler.Reserve(FrameBlocks.SizeOf(bytes), _bodyHeader.BodyBytes);
        return FrameBlocks.Rent(bytes);
    }

    private bool EndLargeFrame(byte[] body, out ZmtpUnit unit)
    {
        unit = default;
        _body = null;
        if (_bodyHeader.IsCommand)
        {
            _lentCommand = body;
            unit = new ZmtpUnit(body.AsMemory(0, _bodyFilled));
            return true;
        }

        _assembler.AppendOwned(body, _bodyFilled);
        if (_bodyHeader.HasMore) return false;
        unit = new ZmtpUnit(_assembler.Complete());
        return true;
    }

    private void ReturnLentCommand()
    {
        if (_lentCommand is null) return;
        FrameBlocks.Return(_lentCommand);
        _lentCommand = null;
    }
}
