using System.Net.WebSockets;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Is the server's side of one WebSocket: RFC 6455 over an upgraded stream.</summary>
/// <remarks>
/// Our own, because the runtime's shows neither pongs nor pings with a payload, and writes one message at a time. Two may use it at once:
/// one receives, one sends; anybody may close. Without compression: kernels' output is mostly sent over loopback or inside of TLS,
/// where it costs more than it saves.
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
    private bool _isAborted;   // guarded by the gate, which is held while the abort is under way
    private int _isDisposed;

    /// <summary>Makes a connection of an upgraded stream.</summary>
    /// <param name="stream">The stream; the connection owns it.</param>
    /// <param name="abort">Breaks off what the stream runs over.</param>
    /// <param name="subProtocol">The subprotocol that was agreed upon.</param>
    /// <param name="options">Limits, clock and who is told of pongs.</param>
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

    /// <summary>Gets whether messages can still be sent: neither side has closed, and the client has not gone.</summary>
    public bool IsOpen => _writer.IsOpen;

    /// <summary>Gets the status of the client's close frame; null when there was none, or it had none.</summary>
    public WebSocketCloseStatus? CloseStatus => _receiver.CloseStatus;

    /// <summary>Gets the reason in the client's close frame; empty when there is none.</summary>
    public string CloseReason => _receiver.CloseReason;

    /// <summary>Gets what the client did wrong, for which the connection was closed; null when nothing.</summary>
    public WebSocketProtocolException? Violation => _receiver.Violation;

    /// <summary>Gets how long ago the last octet came from the client, whatever it belonged to.</summary>
    public TimeSpan SinceLastReceived => _receiver.SinceLastReceived;

    /// <summary>Gets how many octets have been written and not flushed.</summary>
    public long UnflushedBytes => _output.Bytes;

    /// <summary>Waits for the next message. Pings are answered and pongs reported meanwhile, so somebody should always be waiting.</summary>
    /// <returns>
    /// The message, whose payload is valid until the next call; null when the client has closed (and was answered), broke the protocol or
    /// a limit (and was told by a close frame), or has gone.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token fired; the connection works on.</exception>
    public ValueTask<WebSocketMessage?> ReceiveAsync(CancellationToken cancellationToken) => _receiver.ReceiveAsync(cancellationToken);

    /// <summary>Begins a message in the batch that the next flush sends. The sender's alone, like everything about the batch.</summary>
    /// <param name="isText">Whether it is text, which then has to be UTF-8.</param>
    /// <param name="payloadBytes">Its length.</param>
    /// <returns>
    /// Takes exactly that many octets, before anything else is done with the batch. What is spliced into it must stay unchanged until the
    /// flush has ended.
    /// </returns>
    public ISpliceWriter BeginMessage(bool isText, long payloadBytes)
    {
        _output.Begin(isText ? WebSocketOpcode.Text : WebSocketOpcode.Binary, payloadBytes);
        return _output;
    }

    /// <summary>Adds a message to the batch.</summary>
    public void WriteMessage(bool isText, ReadOnlyMemory<byte> payload) => BeginMessage(isText, payload.Length).Splice(payload);

    /// <summary>Adds a ping to the batch; the client's answer comes to <see cref="WebSocketConnectionOptions.OnPong"/>.</summary>
    /// <param name="payload">At most 125 octets.</param>
    public void WritePing(ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, WebSocketFrameHeader.MaxControlPayload);
        _output.Begin(WebSocketOpcode.Ping, payload.Length);
        payload.CopyTo(_output.GetSpan(WebSocketFrameHeader.MaxControlPayload));
        _output.Advance(payload.Length);
    }

    /// <summary>Sends the batch; waits while the client does not take it.</summary>
    /// <returns>False when the connection has been closed or the client has gone: nothing will be sent any more.</returns>
    /// <exception cref="OperationCanceledException">The token fired; half a frame may have gone out, so the connection is broken off.</exception>
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
            // The server has several exceptions for a client that has gone; which of them it is changes nothing. Nothing is broken off:
            // what the client said before it went, acknowledgements among it, may still be on its way to whoever receives.
            return false;
        }
        finally
        {
            _output.Clear();
        }
    }

    /// <summary>Closes: sends a close frame behind the flush that is under way, and waits for the client's.</summary>
    /// <param name="status">The status.</param>
    /// <param name="reason">The reason, cut to 123 octets.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>
    /// A task that never fails. A client that does not answer in time, because it does not read or is gone, is broken off. What was
    /// written and not flushed is lost.
    /// </returns>
    public Task CloseAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken) =>
        EndAsync(WebSocketCloseFrame.Make(status, reason), cancellationToken);

    /// <summary>
    /// Sends a close frame and waits until the receiver has read the client's; messages that arrive before it are still received. Somebody has to
    /// receive.
    /// </summary>
    /// <param name="status">The status.</param>
    /// <param name="reason">The reason, cut to 123 bytes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task CloseOutputAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken) =>
        EndAsync(WebSocketCloseFrame.Make(status, reason), cancellationToken, isReceiving: true);

    /// <summary>Breaks the connection off, without a word to the client.</summary>
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

    /// <summary>Ends the connection: after the closing handshake where one has begun, at once where none has.</summary>
    /// <returns>A task that ends when nothing is read or written any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (IsOpen) Abort();
        else await EndAsync(closeFrame: null, CancellationToken.None);
        _receiver.Dispose();
        await _stream.DisposeAsync();

        // A late timer must not reach what the connection ran over: the server uses that again, for another request.
        lock (_abortGate) _isAborted = true;
    }

    private async Task EndAsync(byte[]? closeFrame, CancellationToken cancellationToken, bool isReceiving = false)
    {
        using var timeout = new CancellationTokenSource(_options.CloseTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        if (closeFrame is not null) _writer.Close(closeFrame);
        try
        {
            await (isReceiving ? _receiver.Ended.WaitAsync(either.Token) : _receiver.DrainAsync(either.Token));
            await _writer.FinishAsync(either.Token);
        }
        catch (OperationCanceledException) when (isReceiving && _receiver.Ended.IsCompleted)
        {
            // The client has closed, which ended the connection for whoever cancelled. Our own close frame may still have to be written.
            await FinishAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // The client took too long, or the server has broken it off.
            Abort();
        }
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _writer.FinishAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Abort();
        }
    }
}
