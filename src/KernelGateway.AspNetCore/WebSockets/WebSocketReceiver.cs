using System.Buffers;
using System.Net.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads a client's messages from the stream and answers its control frames through the writer.</summary>
internal sealed class WebSocketReceiver(Stream stream, WebSocketWriter writer, WebSocketConnectionOptions options) : IDisposable
{
    private const int DrainedBytes = 4096;

    // Held by the reader of the stream: a receive call, or the disposal when there is no call.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly WebSocketDecoder _decoder = new(options.MaxMessageBytes, options.Memory);
    private long _lastReceived = options.Time.GetTimestamp();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;        // nothing more will be received; both are guarded by _turn
    private bool _hasPeerClosed;

    /// <summary>Gets the status of the client's close frame; null when there was none, or it had none.</summary>
    public WebSocketCloseStatus? CloseStatus { get; private set; }

    /// <summary>Gets the reason in the client's close frame.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>Gets the violation by the client; null without one.</summary>
    public WebSocketProtocolException? Violation { get; private set; }

    public TimeSpan SinceLastReceived => options.Time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    /// <summary>Gets a task that completes when nothing more will be received. Some task has to receive.</summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// Waits for the next message; null when the client has closed or violated the protocol, or the connection is lost.
    /// </summary>
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

    /// <summary>Discards what the client still sends, up to its close frame.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var hasGone = _hasEnded && Violation is null;
            End();
            if (hasGone || _hasPeerClosed) return;
            await FindCloseAsync(cancellationToken);
            _hasPeerClosed = true;
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
        int bytes;
        var memory = _decoder.GetMemory();   // outside of the try block: it throws when there is no memory for the message
        try
        {
            bytes = await stream.ReadAsync(memory, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception)
        {
            // The connection was reset by the client or aborted here. Kestrel throws different exceptions; all of them mean the
            // same.
            bytes = 0;
        }

        if (bytes > 0)
        {
            Volatile.Write(ref _lastReceived, options.Time.GetTimestamp());
            options.OnReceived?.Invoke();
            _decoder.Advance(bytes);
            return;
        }

        End();
        writer.Stop();
    }

    // The decoder's memory is not used: the receiving task may still read its last message there.
    private async Task FindCloseAsync(CancellationToken cancellationToken)
    {
        var drain = new WebSocketDrain(_decoder.RemainingPayload);
        if (drain.Feed(_decoder.Unread)) return;
        var buffer = ArrayPool<byte>.Shared.Rent(DrainedBytes);
        try
        {
            int bytes;
            do bytes = await stream.ReadAsync(buffer, cancellationToken);
            while (bytes > 0 && !drain.Feed(buffer.AsSpan(0, bytes)));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The connection is lost, which ends the handshake too.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
