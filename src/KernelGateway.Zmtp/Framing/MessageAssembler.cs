namespace KernelGateway.Zmtp.Framing;

/// <summary>Gathers the frames of one message into pooled blocks.</summary>
internal sealed class MessageAssembler(ZmtpLimits limits, IZmtpMemoryBudget? budget = null)
{
    private const int MinBlockBytes = 256;
    private const int KeptFrames = 64;

    // A message whose blocks are no larger than this together, a frame of 64 KiB and small ones around it, does not ask the budget. The inbox
    // counts it when many of them wait.
    private const int FreeBytes = 80 * 1024;

    private readonly List<byte[]> _moreBlocks = [];
    private ReadOnlyMemory<byte>[] _frames = new ReadOnlyMemory<byte>[8];
    private int _frameCount;
    private long _messageBytes;
    private byte[]? _block;      // the first small-frame block
    private byte[]? _current;    // the block to which small frames are copied now: _block or one of _moreBlocks
    private int _used;
    private long _blockBytes;    // all blocks of the message, also that of a large frame that is being read
    private MessageReservation? _reservation;

    /// <summary>Gets or sets the frame a ROUTER puts in front of every message: the routing id of the connection.</summary>
    public ReadOnlyMemory<byte>? Prefix { get; set; }

    public bool HasBlock => _current is not null;

    /// <summary>Checks an announced frame against the limits, before memory is used for it.</summary>
    public void Announce(long bodyBytes)
    {
        // The peer picks these numbers, so they are judged before a byte of the body is waited for.
        if (bodyBytes > limits.MaxFrameBytes)
            throw new ZmtpProtocolException($"Frame of {bodyBytes} bytes; the limit is {limits.MaxFrameBytes}.");
        if (_frameCount >= limits.MaxFramesPerMessage)
            throw new ZmtpProtocolException($"Message of more than {limits.MaxFramesPerMessage} frames.");
        if (bodyBytes > limits.MaxMessageBytes - _messageBytes)
            throw new ZmtpProtocolException($"Message of more than {limits.MaxMessageBytes} bytes.");
    }

    /// <summary>Counts a block before it is rented.</summary>
    /// <param name="blockBytes">The size of the block.</param>
    /// <param name="bodyBytes">The size of the frame that it is for, as far as the peer has announced it.</param>
    /// <exception cref="ZmtpProtocolException">The budget refuses the memory.</exception>
    public void Reserve(long blockBytes, long bodyBytes)
    {
        _blockBytes += blockBytes;
        if (budget is null || _blockBytes <= FreeBytes) return;
        _reservation ??= new MessageReservation(budget);
        if (!_reservation.TryGrowTo(_blockBytes))
            throw new ZmtpProtocolException($"Message of at least {_messageBytes + bodyBytes} bytes; there is no memory left for it.");
    }

    /// <summary>Stops counting a block that was returned before its message was complete.</summary>
    public void Release(long blockBytes)
    {
        _blockBytes -= blockBytes;
        _reservation?.ShrinkTo(_blockBytes);
    }

    /// <summary>
    /// Copies a small frame; <paramref name="sizeHint"/> is the known rest of the message, this frame included.
    /// </summary>
    public void Append(ReadOnlySpan<byte> body, int sizeHint)
    {
        if (body.IsEmpty)
        {
            Add(default);
            return;
        }

        if (_current is null || _current.Length - _used < body.Length)
        {
            var blockBytes = Math.Max(MinBlockBytes, Math.Max(sizeHint, body.Length));
            Reserve(FrameBlocks.SizeOf(blockBytes), body.Length);
            _current = FrameBlocks.Rent(blockBytes);
            _used = 0;
            if (_block is null) _block = _current;
            else _moreBlocks.Add(_current);
        }

        body.CopyTo(_current.AsSpan(_used));
        Add(_current.AsMemory(_used, body.Length));
        _used += body.Length;
    }

    /// <summary>Takes over a pooled block with a large frame. <see cref="Reserve"/> has counted it.</summary>
    public void AppendOwned(byte[] block, int bodyBytes)
    {
        _moreBlocks.Add(block);
        Add(block.AsMemory(0, bodyBytes));
    }

    /// <summary>Returns the message and begins the next one.</summary>
    public ZmtpMessage Complete()
    {
        ReadOnlyMemory<byte>[] frames;
        if (Prefix is { } prefix)
        {
            frames = new ReadOnlyMemory<byte>[_frameCount + 1];
            frames[0] = prefix;
            _frames.AsSpan(0, _frameCount).CopyTo(frames.AsSpan(1));
        }
        else
        {
            frames = _frames.AsSpan(0, _frameCount).ToArray();
        }

        var message = new ZmtpMessage(frames, _block, _moreBlocks.Count == 0 ? null : [.. _moreBlocks], _reservation);
        Forget();
        return message;
    }

    /// <summary>Drops an incomplete message.</summary>
    public void Discard()
    {
        if (_block is not null) FrameBlocks.Return(_block);
        foreach (var block in _moreBlocks)
            FrameBlocks.Return(block);
        _reservation?.ShrinkTo(0);
        Forget();
    }

    private void Add(ReadOnlyMemory<byte> frame)
    {
        if (_frameCount == _frames.Length) Array.Resize(ref _frames, _frameCount * 2);
        _frames[_frameCount++] = frame;
        _messageBytes += frame.Length;
    }

    private void Forget()
    {
        // One message of thousands of frames should not be paid for until the connection ends.
        if (_frames.Length > KeptFrames) _frames = new ReadOnlyMemory<byte>[KeptFrames];
        else _frames.AsSpan(0, _frameCount).Clear();
        _moreBlocks.Clear();
        _frameCount = 0;
        _messageBytes = 0;
        _blockBytes = 0;
        _reservation = null;
        _block = _current = null;
        _used = 0;
    }
}
