using System.Net.WebSockets;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>The server's side of one WebSocket: RFC 6455 over an upgraded stream.</summary>
/// <remarks>
/// Written here because <see cref="WebSocket"/> reports no pongs, sends no pings with a payload, and writes one message at a
/// time. One task receives and one task sends, at the same time; any thread may close. There is no compression: most kernel
/// output is sent over loopback or inside TLS, where compression costs more than it saves.
/// </remarks>
internal sealed class WebSocketConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Action _abort;
    private readonly WebSocketConnectionOptions _options;
    private readonly WebSocketOutput _output = new();   // used by the sender only
    private readonly WebSocketWriter _writer;
    private readonly WebSocketReceiver _receiver;
    private readonly Lock _abortGate = new();
    private bool _isAborted;   // guarded by _abortGate, which is held during the abort
    private int _isDisposed;

    /// <summary>Creates a connection over an upgraded stream.</summary>
    /// <param name="stream">The stream; the connection owns it.</param>
    /// <param name="abort">Aborts the connection below the stream.</param>
    /// <param name="subProtocol">The negotiated subprotocol.</param>
    /// <param name="options">Limits, clock and the callback for pongs.</param>
    public WebSocketConnection(Stream stream, Action abort, string? subProtocol, WebSocketConnectionOptions options)
    {
        _stream = stream;
        _abort = abort;
        _options = options;
        SubProtocol = subProtocol;
        _writer = new WebSocketWriter(stream);
        _receiver = new WebSocketReceiver(stream, _writer, options);
    }

    public string? SubProtocol { get; }

    /// <summary>
    /// Gets a value indicating whether messages can still be sent: neither side has closed, and the connection is not lost.
    /// </summary>
    public bool IsOpen => _writer.IsOpen;

    /// <summary>Gets the status of the client's close frame; null when there was none, or it had none.</summary>
    public WebSocketCloseStatus? CloseStatus => _receiver.CloseStatus;

    /// <summary>Gets the reason in the client's close frame; empty when there is none.</summary>
    public string CloseReason => _receiver.CloseReason;

    /// <summary>
    /// Gets the client's violation of the protocol or of a limit, for which the connection was closed; null without one.
    /// </summary>
    public WebSocketProtocolException? Violation => _receiver.Violation;

    /// <summary>Gets the time since the last byte came from the client, of whatever frame.</summary>
    public TimeSpan SinceLastReceived => _receiver.SinceLastReceived;

    /// <summary>
    /// Gets the number of bytes that flushes have written so far. It grows during a flush while the client reads.
    /// </summary>
    public long WrittenBytes => _writer.WrittenBytes;

    /// <summary>Gets the number of bytes in the batch that has not been flushed.</summary>
    public long UnflushedBytes => _output.Bytes;

    /// <summary>
    /// Waits for the next message. Pings are answered and pongs reported meanwhile, so some task should always receive.
    /// </summary>
    /// <returns>
    /// The message, whose payload is valid until the next call; null when the client has closed (its close frame was answered),
    /// violated the protocol or a limit (a close frame was sent), or the connection is lost.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the connection still works.</exception>
    public ValueTask<WebSocketMessage?> ReceiveAsync(CancellationToken cancellationToken) => _receiver.ReceiveAsync(cancellationToken);

    /// <summary>Begins a message in the batch that the next flush sends. Only the sending task uses the batch.</summary>
    /// <param name="isText">Whether the message is text, which must be UTF-8.</param>
    /// <param name="payloadBytes">The length of the payload.</param>
    /// <returns>
    /// A writer that expects exactly this number of bytes before the batch is used again. Spliced memory must not change before
    /// the flush ends. </returns>
    public ISpliceWriter BeginMessage(bool isText, long payloadBytes)
    {
        _output.Begin(isText ? WebSocketOpcode.Text : WebSocketOpcode.Binary, payloadBytes);
        return _output;
    }

    /// <summary>Adds a message to the batch.</summary>
    public void WriteMessage(bool isText, ReadOnlyMemory<byte> payload) => BeginMessage(isText, payload.Length).Splice(payload);

    /// <summary>Adds a ping to the batch; the pong is reported to <see cref="WebSocketConnectionOptions.OnPong"/>.</summary>
    /// <param name="payload">At most 125 bytes.</param>
    public void WritePing(ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, WebSocketFrameHeader.MaxControlPayload);
        _output.Begin(WebSocketOpcode.Ping, payload.Length);
        payload.CopyTo(_output.GetSpan(WebSocketFrameHeader.MaxControlPayload));
        _output.Advance(payload.Length);
    }

    /// <summary>Sends the batch. Waits while the client does not read.</summary>
    /// <returns>False when the connection is closed or lost: nothing can be sent any more.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled. Half a frame may have been sent, so the connection
    /// is aborted.</exception>
    public async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        _output.ThrowIfUnfinished();
        try
        {
            return _output.Bytes == 0 ? IsOpen : await _writer.WriteAsync(_output.Segments, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Abort();
            throw;
        }
        catch (Exception)
        {
            // Kestrel throws different exceptions for a lost connection; all of them mean the same. The connection is not
            // aborted: the receiving task may still read what the client sent before, acknowledgements among it.
            return false;
        }
        finally
        {
            _output.Clear();
        }
    }

    /// <summary>
    /// Sends a close frame behind the current flush and waits until the receiving task has read the client's close frame.
    /// </summary>
    /// <param name="status">The status.</param>
    /// <param name="reason">The reason, cut to 123 bytes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that never fails.</returns>
    /// <remarks>
    /// Some task has to receive; it still gets the messages that arrive before the client's close frame. The connection is
    /// aborted when the client does not answer within <see cref="WebSocketConnectionOptions.CloseTimeout"/>. A batch that has not
    /// been flushed is lost.
    /// </remarks>
    public async Task CloseOutputAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.CloseTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        _writer.Close(WebSocketCloseFrame.Make(status, reason));
        try
        {
            await _receiver.Ended.WaitAsync(either.Token);

            // Nobody reads after a violation. A client that is still sending may read the close frame only when its bytes are
            // read.
            if (_receiver.Violation is not null) await _receiver.DrainAsync(either.Token);
            await _writer.FinishAsync(either.Token);
        }
        catch (OperationCanceledException) when (_receiver.Ended.IsCompleted)
        {
            // The client has closed, which ended the connection for the caller that cancelled. The server's close frame may still
            // have to be written.
            await EndAsync(_writer.FinishAsync, timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Abort();
        }
    }

    /// <summary>Ends the connection at once, without a close frame.</summary>
    public void Abort()
    {
        lock (_abortGate)
        {
            if (_isAborted) return;
            _isAborted = true;
            _writer.Stop();
            _abort();
        }
    }

    /// <summary>Ends the connection: after the closing handshake when one has begun, else at once.</summary>
    /// <returns>A task that ends when nothing is read or written any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (IsOpen) Abort();
        else await FinishHandshakeAsync();
        _receiver.Dispose();
        await _stream.DisposeAsync();

        // Kestrel reuses the connection's context for other requests, so a timer that fires late must not abort it.
        lock (_abortGate) _isAborted = true;
    }

    // The server's close frame reaches the client only if the rest of the client's bytes is read; otherwise TCP resets the
    // connection.
    private async Task FinishHandshakeAsync()
    {
        using var timeout = new CancellationTokenSource(_options.CloseTimeout, _options.Time);
        await EndAsync(_receiver.DrainAsync, timeout.Token);
        await EndAsync(_writer.FinishAsync, timeout.Token);
    }

    private async Task EndAsync(Func<CancellationToken, Task> end, CancellationToken cancellationToken)
    {
        try
        {
            await end(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The client took too long, or the server has aborted the connection.
            Abort();
        }
    }
}

/// <summary>One whole message of a client.</summary>
/// <param name="IsText">Whether it was sent as text, which is valid UTF-8; else it is binary.</param>
/// <param name="Payload">The payload; valid until the next message is received.</param>
internal readonly record struct WebSocketMessage(bool IsText, ReadOnlyMemory<byte> Payload);
