using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>A Jupyter client on a kernel's WebSocket. It uses the runtime's WebSocket and the legacy protocol.</summary>
internal sealed class ChannelClient : IDisposable
{
    private readonly ClientWebSocket _socket;
    private int _lastNumber;

    private ChannelClient(ClientWebSocket socket) => _socket = socket;

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public string? CloseReason => _socket.CloseStatusDescription;

    /// <summary>Connects to the channels of a kernel.</summary>
    /// <param name="server">The gateway.</param>
    /// <param name="kernelId">The kernel.</param>
    /// <param name="query">The query string without the question mark and the token; may be empty.</param>
    /// <param name="cancellationToken">Cancels the connection attempt.</param>
    public static async Task<ChannelClient> ConnectAsync(
        GatewayServer server, string kernelId, string query, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"token {GatewayServer.Token}");
        var address = new UriBuilder(server.Address) { Scheme = "ws", Path = $"/api/kernels/{kernelId}/channels", Query = query };
        using var invoker = new HttpMessageInvoker(server.NewHandler());
        await socket.ConnectAsync(address.Uri, invoker, cancellationToken);
        return new ChannelClient(socket);
    }

    /// <summary>Sends a request and returns its message id.</summary>
    public async Task<string> SendAsync(string type, JObject content, CancellationToken cancellationToken, string channel = "shell")
    {
        var id = $"request-{Interlocked.Increment(ref _lastNumber)}-{Guid.NewGuid():N}";
        var message = new JObject
        {
            ["channel"] = channel,
            ["header"] = new JObject { ["msg_id"] = id, ["msg_type"] = type, ["session"] = "s", ["username"] = "", ["version"] = "5.3" },
            ["parent_header"] = new JObject(),
            ["metadata"] = new JObject(),
            ["content"] = content,
        };
        await SendTextAsync(message.ToString(Formatting.None), cancellationToken);
        return id;
    }

    public Task SendTextAsync(string text, CancellationToken cancellationToken) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    public Task<string> ExecuteAsync(string code, CancellationToken cancellationToken) =>
        SendAsync("execute_request", new JObject { ["code"] = code, ["silent"] = false, ["allow_stdin"] = true }, cancellationToken);

    /// <summary>Receives the next message; null when the gateway has closed the connection.</summary>
    public async Task<JObject?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer.GetMemory(4096), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                return null;
            }

            buffer.Advance(result.Count);
            if (result.EndOfMessage) return (JObject)HttpCalls.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
    }

    /// <summary>Receives messages until one matches, and returns all messages including that one.</summary>
    public async Task<List<JObject>> ReceiveUntilAsync(Func<JObject, bool> isLast, CancellationToken cancellationToken)
    {
        var messages = new List<JObject>();
        while (await ReceiveAsync(cancellationToken) is { } message)
        {
            messages.Add(message);
            if (isLast(message)) return messages;
        }

        throw new InvalidOperationException($"Closed with {CloseStatus} ({CloseReason}) after {messages.Count} messages.");
    }

    /// <summary>Receives messages until the reply and the idle status of a request have arrived, and returns all of them.</summary>
    public async Task<List<JObject>> ReceiveAnswersAsync(string requestId, CancellationToken cancellationToken)
    {
        var (replied, idle) = (false, false);
        return await ReceiveUntilAsync(
            message =>
            {
                if (ParentOf(message) != requestId) return false;
                replied |= TypeOf(message).EndsWith("_reply", StringComparison.Ordinal);
                idle |= IsStatus(message, "idle");
                return replied && idle;
            },
            cancellationToken);
    }

    /// <summary>Aborts the connection without a close frame.</summary>
    public void Kill() => _socket.Abort();

    public void Dispose() => _socket.Dispose();

    public static string TypeOf(JObject message) => (string)message["header"]!["msg_type"]!;

    public static string? ParentOf(JObject message) => (string?)message["parent_header"]!["msg_id"];

    public static string? TextOf(JObject message) => (string?)message["content"]!["text"];

    public static bool IsStatus(JObject message, string state) =>
        TypeOf(message) == "status" && (string?)message["content"]!["execution_state"] == state;

    public static IEnumerable<string?> Streams(IEnumerable<JObject> messages) =>
        messages.Where(message => TypeOf(message) == "stream").Select(TextOf);

    /// <summary>Waits until the gateway has noticed that a session has lost its connection.</summary>
    public static async Task DisconnectedAsync(GatewayServer server, string sessionId, CancellationToken cancellationToken) =>
        await server.Log.WaitForAsync(entry => entry.EventId.Id == 5302 && sessionId.Equals(entry["SessionId"]), cancellationToken);
}
