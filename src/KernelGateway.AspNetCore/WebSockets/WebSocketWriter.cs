namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>
/// Writes whole frames to the stream: the batches of the sending task and, between them, pongs and the close frame.
/// </summary>
/// <remarks>
/// Only the holder of the turn writes. When pings come faster than they can be answered, only the last one is answered (RFC 6455,
/// 5.5.3), so a client that never reads makes the server keep one pong.
/// </remarks>
#pragma warning disable CA1001 // A semaphore without a wait handle has nothing to dispose of, and an answer may still be releasing it.
internal sealed class WebSocketWriter(Stream stream)
#pragma warning restore CA1001
{
    // A longer part is written in pieces, so that WrittenBytes shows that a slow client reads it.
    private const int PieceBytes = 256 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private byte[]? _pong;       // guarded by _gate
    private byte[]? _close;      // guarded by _gate
    private bool _isClosing;     // guarded by _gate; a close frame was accepted, nothing follows it
    private volatile bool _isOver;
    private long _writtenBytes;

    /// <summary>Gets the number of bytes of batches that the stream has taken so far.</summary>
    public long WrittenBytes => Volatile.Read(ref _writtenBytes);

    /// <summary>Gets a value indicating whether frames can still be sent.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate) return !_isClosing && !_isOver;
        }
    }

    /// <summary>Writes a batch of whole frames; false when the connection has been closed.</summary>
    public async ValueTask<bool> WriteAsync(IReadOnlyList<ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!IsOpen) return false;
            for (var i = 0; i < segments.Count; i++) await WriteAsync(segments[i], cancellationToken);
            await stream.FlushAsync(cancellationToken);

            // Kestrel reports no error when bytes are written to a broken connection.
            return !_isOver;
        }
        catch
        {
            // Half a frame may have been sent.
            _isOver = true;
            throw;
        }
        finally
        {
            _turn.Release();
            AnswerIfIdle();
        }
    }

    /// <summary>Answers a ping as soon as the stream is free. Returns at once.</summary>
    public void Pong(ReadOnlySpan<byte> payload)
    {
        var frame = WebSocketFrameHeader.Control(WebSocketOpcode.Pong, payload);
        lock (_gate) _pong = frame;
        AnswerIfIdle();
    }

    /// <summary>Sends one close frame as soon as the stream is free. Returns at once.</summary>
    public void Close(byte[] frame)
    {
        lock (_gate)
        {
            if (_isClosing) return;
            _isClosing = true;
            _close = frame;
        }

        AnswerIfIdle();
    }

    /// <summary>Waits until accepted frames have been written or discarded.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        do
        {
            await _turn.WaitAsync(cancellationToken);
            _turn.Release();
            AnswerIfIdle();
        }
        while (HasAnswer());
    }

    /// <summary>Stops writing.</summary>
    public void Stop() => _isOver = true;

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> segment, CancellationToken cancellationToken)
    {
        while (!segment.IsEmpty)
        {
            var piece = segment[..Math.Min(segment.Length, PieceBytes)];
            await stream.WriteAsync(piece, cancellationToken);
            Volatile.Write(ref _writtenBytes, _writtenBytes + piece.Length);
            segment = segment[piece.Length..];
        }
    }

    // Not awaited: the closing task waits for the turn. Never fails.
    private void AnswerIfIdle()
    {
        if (HasAnswer() && _turn.Wait(0)) _ = AnswerAsync();
    }

    private async Task AnswerAsync()
    {
        do
        {
            try
            {
                while (TakeAnswer() is { } frame) await stream.WriteAsync(frame);
                await stream.FlushAsync();
            }
            catch
            {
                // The connection is lost; the receiving task notices it too.
                _isOver = true;
            }
            finally
            {
                _turn.Release();
            }
        }
#pragma warning disable VSTHRD103   // Wait(0) does not block
        while (HasAnswer() && _turn.Wait(0));   // a frame may have been added between the last check and the release
#pragma warning restore VSTHRD103
    }

    private bool HasAnswer()
    {
        lock (_gate) return !_isOver && (_pong ?? _close) is not null;
    }

    private byte[]? TakeAnswer()
    {
        lock (_gate)
        {
            if (_isOver) return null;
            var frame = _pong ?? _close;
            if (_pong is not null) _pong = null;
            else _close = null;
            return frame;
        }
    }
}
