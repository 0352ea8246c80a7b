using System.Buffers;
using System.Net.WebSockets;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak.Clients;

/// <summary>One WebSocket to the channels of a kernel.</summary>
internal sealed class ChannelLink : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly KernelWebSocketCodec _codec;

    private ChannelLink(string? subProtocol)
    {
        _codec = KernelWebSocketCodec.For(subProtocol);
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        if (subProtocol is not null) _socket.Options.AddSubProtocol(subProtocol);
    }

    /// <summary>Connects as a session; null when the kernel does not exist.</summary>
    public static async Task<ChannelLink?> ConnectAsync(
        ServerContexts contexts, string kernelId, string? subProtocol, string sessionId, string? lastMessageId, CancellationToken cancellationToken)
    {
        var link = new ChannelLink(subProtocol);
        try
        {
            link._socket.Options.SetRequestHeader("Authorization", $"token {contexts.Token}");
            link._socket.Options.CollectHttpResponseDetails = true;
            var query = $"session_id={sessionId}" + (lastMessageId is null ? "" : $"&last_message_id={lastMessageId}");
            var url = new UriBuilder(new Uri(contexts.Url, $"api/kernels/{kernelId}/channels")) { Scheme = "ws", Query = query };
            await link._socket.ConnectAsync(url.Uri, cancellationToken);
            return link;
        }
        catch (WebSocketException) when (link._socket.HttpStatusCode == System.Net.HttpStatusCode.NotFound)
        {
            link.Dispose();
            return null;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    public async Task SendAsync(JupyterMessage message, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        _codec.Encode(KernelChannel.Shell, message, output);
        var type = _codec.IsText(message) ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
        await _socket.SendAsync(output.WrittenMemory, type, true, cancellationToken);
    }

    /// <summary>Receives one message; null when the connection has ended.</summary>
    public async Task<ChannelMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        _received.ResetWrittenCount();
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await _socket.ReceiveAsync(_received.GetMemory(16384), cancellationToken);
            }
            catch (WebSocketException)
            {
                // The connection broke.
                return null;
            }

            if (part.MessageType == WebSocketMessageType.Close) return null;
            _received.Advance(part.Count);
            if (!part.EndOfMessage) continue;
            return _codec.SubProtocol is null
                ? ChannelMessage.ParseLegacy(_received.WrittenSpan)
                : ChannelMessage.ParseV1(_received.WrittenSpan);
        }
    }

    /// <summary>Aborts the connection without a close frame.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Closes the connection with a close frame.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
        catch (WebSocketException)
        {
            // The server has already closed the connection.
        }
    }

    public void Dispose() => _socket.Dispose();
}
