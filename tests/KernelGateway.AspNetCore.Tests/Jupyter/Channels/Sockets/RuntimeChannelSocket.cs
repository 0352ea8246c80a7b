using System.Buffers;
using System.Net.WebSockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels.Sockets;

/// <summary>A channel socket over the runtime's WebSocket. It sends no pings and reports no pongs.</summary>
internal sealed class RuntimeChannelSocket(WebSocket socket, Action abort, ChannelSocketOptions options) : IChannelSocket
{
    private readonly List<Message> _batch = [];   // used by the sending task only
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _aborted = new();
    private readonly Lock _abortGate = new();
    private bool _isDisposed;
    private readonly ArrayBufferWriter<byte> _received = new();

    public bool ReportsPongs => false;

    public ChannelSocketError? Error { get; private set; }

    public long WrittenBytes { get; private set; }

    public async ValueTask<ChannelSocketMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        _received.ResetWrittenCount();
        try
        {
            while (!_ended.Task.IsCompleted)
            {
                var result = await socket.ReceiveAsync(_received.GetMemory(4096), _aborted.Token);
                if (result.MessageType == WebSocketMessageType.Close) break;
                _received.Advance(result.Count);
                if (_received.WrittenCount > options.MaxMessageBytes)
                {
                    Error = new ChannelSocketError(WebSocketCloseStatus.MessageTooBig, "The message is too long.");
                    break;
                }

                if (!result.EndOfMessage) continue;
                return new ChannelSocketMessage(result.MessageType == WebSocketMessageType.Text, _received.WrittenMemory);
            }

            await SendCloseAsync(Error?.Status ?? socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, Error?.Message);
        }
        catch (Exception exception) when (
            exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The connection was lost or aborted.
        }

        _ended.TrySetResult();
        return null;
    }

    public ISpliceWriter BeginMessage(bool isText, long payloadBytes)
    {
        var message = new Message(isText);
        _batch.Add(message);
        return message;
    }

    public void WritePing(long position)
    {
        // The runtime sends pings itself, with its own payload.
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            foreach (var message in _batch)
            {
                var type = message.IsText ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                await socket.SendAsync(message.WrittenMemory, type, endOfMessage: true, cancellationToken);
                WrittenBytes += message.WrittenMemory.Length;
            }

            return socket.State is WebSocketState.Open or WebSocketState.CloseReceived;
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _batch.Clear();
            _sending.Release();
        }
    }

    public async Task CloseOutputAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.CloseTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await SendCloseAsync(status, reason).WaitAsync(either.Token);
            await _ended.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (_ended.Task.IsCompleted)
        {
            // The client has closed the connection.
        }
        catch (OperationCanceledException)
        {
            Abort();
        }
    }

    public void Abort()
    {
        lock (_abortGate)
        {
            if (_isDisposed) return;
            _aborted.Cancel();
            socket.Abort();
            abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The rest of the client's data is read. Unread data would make TCP reset the connection before the client has read the close frame.
        using var timeout = new CancellationTokenSource(options.CloseTimeout, options.Time);
        try
        {
            while (socket.State == WebSocketState.CloseSent) await socket.ReceiveAsync(new byte[4096].AsMemory(), timeout.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // The connection is lost, or the client takes too long.
        }

        lock (_abortGate) _isDisposed = true;
        socket.Dispose();
        _sending.Dispose();
        _aborted.Dispose();
    }

    private async Task SendCloseAsync(WebSocketCloseStatus status, string? reason)
    {
        await _sending.WaitAsync(_aborted.Token);
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
            await socket.CloseOutputAsync(status, reason, _aborted.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            // The connection is lost.
        }
        finally
        {
            _sending.Release();
        }
    }

    private sealed class Message(bool isText) : ISpliceWriter
    {
        private readonly ArrayBufferWriter<byte> _payload = new();

        public bool IsText => isText;

        public ReadOnlyMemory<byte> WrittenMemory => _payload.WrittenMemory;

        public void Advance(int count) => _payload.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _payload.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => _payload.GetSpan(sizeHint);

        public void Splice(ReadOnlyMemory<byte> bytes) => _payload.Write(bytes.Span);
    }
}
