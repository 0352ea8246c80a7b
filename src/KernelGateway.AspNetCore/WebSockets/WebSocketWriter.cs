namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Writes whole frames to the stream: the batches of the sender and, between them, what the receiving side has to answer.</summary>
/// <remarks>
/// Whoever holds the turn is the only one to write. Of pings that come faster than they can be answered only the last is (RFC 6455,
/// 5.5.3), so a client that never reads makes us keep one.
/// </remarks>
#pragma warning disable CA1001 // A semaphore without a wait handle has nothing to dispose of, and an answer may still be releasing it.
internal sealed class WebSocketWriter(Stream stream)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private byte[]? _pong;       // guarded by _gate
    private byte[]? _close;      // guarded by _gate
    private bool _isClosing;     // guarded by _gate; a close frame was taken on, nothing follows it
    private volatile bool _isOver;

    /// <summary>Gets whether frames can still be sent.</summary>
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
            for (var i = 0; i < segments.Count; i++) await stream.WriteAsync(segments[i], cancellationToken);
            await stream.FlushAsync(cancellationToken);

            // Kestrel takes what is written to a broken connection as if nothing were the matter.
            return !_isOver;
        }
        catch
        {
            // Perhaps half a frame went out.
            _isOver = true;
            throw;
        }
        finally
        {
            _turn.Release();
            AnswerIfIdle();
        }
    }

    /// <summary>Answers a ping as soon as the stream is free. Waits for nothing.</summary>
    public void Pong(ReadOnlySpan<byte> payload)
    {
        var frame = WebSocketFrameHeader.Control(WebSocketOpcode.Pong, payload);
        lock (_gate) _pong = frame;
        AnswerIfIdle();
    }

    /// <summary>Sends a close frame as soon as the stream is free, once. Waits for nothing.</summary>
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

    /// <summary>Waits until what was taken on has been written, or never will be.</summary>
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

    /// <summary>Says that nothing more can be written.</summary>
    public void Stop() => _isOver = true;

    // Not awaited: whoever closes the connection waits for the turn. Never fails.
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
                // The client has gone, which the receiving side is told as well.
                _isOver = true;
            }
            finally
            {
                _turn.Release();
            }
        }
#pragma warning disable VSTHRD103   // Wait(0) asks and does not block
        while (HasAnswer() && _turn.Wait(0));   // one may have come between the last look and the release
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
