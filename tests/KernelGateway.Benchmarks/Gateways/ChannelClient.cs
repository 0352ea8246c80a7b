using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>A kernel of a server with Jupyter's API, and one WebSocket to its channels.</summary>
internal sealed class ChannelClient : IAsyncDisposable
{
    private const string V1 = "v1.kernel.websocket.jupyter.org";

    // The messages that end a cell are far smaller. Larger messages are only counted.
    private const int LargestEnd = 8192;

    private readonly HttpClient _http;
    private readonly ClientWebSocket _socket = new();
    private readonly string _kernelId;
    private readonly bool _isV1;
    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly byte[] _buffer = new byte[4 << 20];

    private ChannelClient(HttpClient http, string kernelId, bool isV1)
    {
        _http = http;
        _kernelId = kernelId;
        _isV1 = isV1;
    }

    /// <summary>Starts a Python kernel in a directory and connects to it.</summary>
    public static async Task<ChannelClient> StartAsync(Uri url, string token, string directory, bool isV1, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("token", token);
        using var answer = await http.PostAsJsonAsync("api/kernels", new { name = "python3", path = directory }, cancellationToken);
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new BenchmarkException($"No kernel was started: {body}");
        var client = new ChannelClient(http, JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()!, isV1);
        try
        {
            await client.ConnectAsync(url, token, cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs code and returns the seconds until its reply and its idle status, and the number of bytes of its messages.</summary>
    public async Task<(double Seconds, long Bytes)> MeasureAsync(string code, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var request = CreateRequest(id, "execute_request", new JsonObject
        {
            ["code"] = code, ["silent"] = false, ["store_history"] = true, ["user_expressions"] = new JsonObject(),
            ["allow_stdin"] = false, ["stop_on_error"] = false,
        });
        return await MeasureAsync(request, Encoding.ASCII.GetBytes(id), "execute_reply"u8.ToArray(), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        using var gone = await _http.DeleteAsync($"api/kernels/{_kernelId}", CancellationToken.None);
        _http.Dispose();
    }

    private async Task ConnectAsync(Uri url, string token, CancellationToken cancellationToken)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.SetRequestHeader("Authorization", $"token {token}");
        if (_isV1) _socket.Options.AddSubProtocol(V1);
        var channels = new UriBuilder(new Uri(url, $"api/kernels/{_kernelId}/channels")) { Scheme = "ws", Query = $"session_id={_session}" };
        await _socket.ConnectAsync(channels.Uri, cancellationToken);
        if ((_socket.SubProtocol == V1) != _isV1) throw new BenchmarkException($"The server chose the protocol '{_socket.SubProtocol}'.");

        var id = Guid.NewGuid().ToString("N");
        await MeasureAsync(
            CreateRequest(id, "kernel_info_request", []), Encoding.ASCII.GetBytes(id), "kernel_info_reply"u8.ToArray(), cancellationToken);
    }

    private async Task<(double Seconds, long Bytes)> MeasureAsync(byte[] request, byte[] id, byte[] replyType, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await _socket.SendAsync(request, _isV1 ? WebSocketMessageType.Binary : WebSocketMessageType.Text, true, cancellationToken);
        bool isIdle = false, hasReply = false;
        var bytes = 0L;
        while (!isIdle || !hasReply)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
                length += received.Count;
            }
            while (!received.EndOfMessage);

            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new BenchmarkException($"The server closed the WebSocket: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            }

            bytes += length;
            if (length > LargestEnd) continue;
            var message = _buffer.AsSpan(0, length);
            if (message.IndexOf(id) < 0) continue;
            isIdle |= message.IndexOf("\"execution_state\": \"idle\""u8) >= 0;
            hasReply |= message.IndexOf(replyType) >= 0;
        }

        return (Stopwatch.GetElapsedTime(start).TotalSeconds, bytes);
    }

    private byte[] CreateRequest(string id, string type, JsonObject content)
    {
        var header = new JsonObject
        {
            ["msg_id"] = id, ["session"] = _session, ["username"] = "benchmark", ["date"] = "2026-01-01T00:00:00.000000Z",
            ["msg_type"] = type, ["version"] = "5.3",
        };
        if (!_isV1)
        {
            return Encoding.UTF8.GetBytes(new JsonObject
            {
                ["channel"] = "shell", ["header"] = header, ["parent_header"] = new JsonObject(), ["metadata"] = new JsonObject(),
                ["content"] = content, ["buffers"] = new JsonArray(),
            }.ToJsonString());
        }

        string[] parts = ["shell", header.ToJsonString(), "{}", "{}", content.ToJsonString()];
        var texts = Array.ConvertAll(parts, Encoding.UTF8.GetBytes);
        var message = new byte[8 * (parts.Length + 2) + texts.Sum(text => text.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(message, parts.Length + 1);
        var offset = 8 * (parts.Length + 2);
        for (var i = 0; i < texts.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(8 * (i + 1)), offset);
            texts[i].CopyTo(message, offset);
            offset += texts[i].Length;
        }

        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(8 * (texts.Length + 1)), offset);
        return message;
    }
}
