using System.Buffers;
using System.Net.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads a client's messages from the stream and answers its control frames through the writer.</summary>
internal sealed class WebSocketReceiver(Stream stream, WebSocketWriter writer, WebSocketConnectionOptions options) : IDisposable
{
    private const int DrainedBytes = 4096;

    // Held by the one who reads: a receive call, or the closing side once no call is under way.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly WebSocketDecoder _decoder = new(options.MaxMessageBytes, options.Memory);
    private long _lastReceived = options.Time.GetTimestamp();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;        // nothing more will be received; both belong to who has the turn
    private bool _hasPeerClosed;

    /// <summary>Gets the status of the client's close frame; null when there was none, or it had none.</summary>
    public WebSocketCloseStatus? CloseStatus { get; private set; }

    /// <summary>Gets the reason in the client's close frame.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>Gets what the client did wrong; null when nothing.</summary>
    public WebSocketProtocolException? Violation { get; private set; }

    public TimeSpan SinceLastReceived => options.Time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    /// <summary>Gets a task that completes when nothing more will be received. Somebody has to receive for that.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Waits for the next message; null when the client has closed, broken the protocol, or gone.</summary>
    public async ValueTask<WebSocketMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (!_hasEnded)
            {
                while (_decoder.TryRead(out var unit))
                {
                    if (unit.Opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary)
                        return new WebSocketMessage(unit.Opcode == WebSocketOpcode.Text, unit.Payload);
                    Answer(unit);
                    if (_hasEnded) return null;
                }

                await ReadAsync(cancellationToken);
            }
        }
        catch (WebSocketProtocolException violation)
        {
            Violation = violation;
            writer.Close(WebSocketCloseFrame.Make(violation.Status, violation.Message));
            End();
        }
        finally
        {
            _turn.Release();
        }

        return null;
    }

    /// <summary>Discards what the client still sends until it has closed too.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var hasGone = _hasEnded && Violation is null;
            End();
            if (hasGone || _hasPeerClosed) return;
            await FindCloseAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _decoder.Dispose();

    private void End()
    {
        _hasEnded = true;
        _ended.TrySetResult();
    }

    private void Answer(in WebSocketUnit unit)
    {
        switch (unit.Opcode)
        {
            case WebSocketOpcode.Ping:
                writer.Pong(unit.Payload.Span);
                break;
            case WebSocketOpcode.Pong:
                options.OnPong?.Invoke(unit.Payload.Span);
                break;
            default:
                _hasPeerClosed = true;
                (CloseStatus, CloseReason) = WebSocketCloseFrame.Read(unit.Payload.Span);
                writer.Close(WebSocketCloseFrame.Make(CloseStatus, ""));
                End();
                break;
        }
    }

    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        int octets;
        var memory = _decoder.GetMemory();   // outside of the try: it may find that there is no memory for the message
        try
        {
            octets = await stream.ReadAsync(memory, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception)
        {
            // Reset by the client, or broken off by us: the server has several exceptions for it and we one answer.
            octets = 0;
        }

        if (octets > 0)
        {
            Volatile.Write(ref _lastReceived, options.Time.GetTimestamp());
            _decoder.Advance(octets);
            return;
        }

        End();
        writer.Stop();
    }

    // The decoder's memory is left alone: the receiving side may still read its last message there.
    private async Task FindCloseAsync(CancellationToken cancellationToken)
    {
        var drain = new WebSocketDrain(_decoder.RemainingPayload);
        if (drain.Feed(_decoder.Unread)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(DrainedBytes);
        try
        {
            int octets;
            do octets = await stream.ReadAsync(buffer, cancellationToken);
            while (octets > 0 && !drain.Feed(buffer.AsSpan(0, octets)));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The client has gone without a word, which is an answer too.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
