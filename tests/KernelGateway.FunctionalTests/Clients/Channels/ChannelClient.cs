using System.Net.WebSockets;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>A WebSocket client of a kernel over <see cref="ClientWebSocket"/>.</summary>
internal sealed class ChannelClient : IDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly ChannelWire _wire;
    private readonly string _session;
    private byte[] _buffer = new byte[64 * 1024];

    private ChannelClient(ClientWebSocket socket, ChannelWire wire, string session)
    {
        _socket = socket;
        _wire = wire;
        _session = session;
    }

    public string? Subprotocol => _socket.SubProtocol;

    /// <summary>Connects to the channels of a kernel.</summary>
    /// <param name="channels">The address of the kernel's channels, with the query.</param>
    /// <param name="wire">The protocol to offer and to use.</param>
    /// <param name="session">The session in the headers of sent messages.</param>
    /// <param name="headers">The headers of the request, including the token.</param>
    /// <param name="connect">Opens the underlying connection; null for an ordinary one.</param>
    /// <param name="cancellationToken">Cancels the connection attempt.</param>
    public static async Task<ChannelClient> ConnectAsync(
        Uri channels,
        ChannelWire wire,
        string session,
        IReadOnlyDictionary<string, string> headers,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect,
        CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            if (wire.Subprotocol is { } subprotocol) socket.Options.AddSubProtocol(subprotocol);
            foreach (var (name, value) in headers) socket.Options.SetRequestHeader(name, value);
            using var handler = new SocketsHttpHandler { ConnectCallback = connect };
            using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
            await socket.ConnectAsync(channels, invoker, cancellationToken);
            return new ChannelClient(socket, wire, session);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and returns its message id.</summary>
    public async Task<string> SendAsync(string channel, string type, JObject content, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var header = new JObject
        {
            ["msg_id"] = id,
            ["msg_type"] = type,
            ["session"] = _session,
            ["username"] = "someone",
            ["date"] = "2026-01-01T00:00:00.000000Z",
            ["version"] = "5.3",
        };
        await _socket.SendAsync(
            _wire.Write(channel, header, [], content),
            _wire.Subprotocol is null ? WebSocketMessageType.Text : WebSocketMessageType.Binary,
            endOfMessage: true,
            cancellationToken);
        return id;
    }

    /// <summary>Sends an execute request and returns its message id.</summary>
    public Task<string> ExecuteAsync(string code, CancellationToken cancellationToken) =>
        SendAsync("shell", "execute_request", new JObject { ["code"] = code, ["silent"] = false, ["allow_stdin"] = false }, cancellationToken);

    /// <summary>Waits for the next message.</summary>
    /// <exception cref="WebSocketException">The connection has ended.</exception>
    public async Task<ChannelMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException(
                    WebSocketError.ConnectionClosedPrematurely, $"Closed with {_socket.CloseStatus}: {_socket.CloseStatusDescription}");
            }

            length += received.Count;
            if (received.EndOfMessage) return _wire.Read(_buffer.AsSpan(0, length));
        }
    }

    /// <summary>Sends a close frame without waiting for the one of the server.</summary>
    public Task CloseOutputAsync(CancellationToken cancellationToken) =>
        _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);

    public void Dispose() => _socket.Dispose();
}
