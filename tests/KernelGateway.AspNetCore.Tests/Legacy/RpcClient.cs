using System.Net.WebSockets;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>A JSON-RPC client of <c>/ws</c> that keeps what it receives.</summary>
#pragma warning disable CA1068 // The parameters of a call come last.
internal sealed class RpcClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    /// <summary>Gets a task that completes when the server has closed the connection.</summary>
    public Task Closed => _reading;

    /// <summary>Gets everything that has come, in order.</summary>
    public AwaitableLog<JObject> Received { get; } = new();

    public static async Task<RpcClient> ConnectAsync(GatewayServer server, CancellationToken cancellationToken)
    {
        var client = new RpcClient();
        await client._socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/ws"), cancellationToken);
        client._reading = client.ReadAsync();
        return client;
    }

    /// <summary>Sends a call and returns the whole answer.</summary>
    public async Task<JObject> AskAsync(CancellationToken cancellationToken, string method, params object?[] parameters)
    {
        var id = $"call{Interlocked.Increment(ref _lastId)}";
        var call = new JObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = JArray.FromObject(parameters) };
        return await AskTextAsync(call.ToString(), message => (string?)message["id"] == id, cancellationToken);
    }

    /// <summary>Sends a call and does not wait for its answer; returns its id.</summary>
    public async Task<string> SendAsync(string method, params object?[] parameters)
    {
        var id = $"call{Interlocked.Increment(ref _lastId)}";
        var call = new JObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = JArray.FromObject(parameters) };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToString()), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        return id;
    }

    /// <summary>Sends a call and returns its result.</summary>
    public async Task<JToken> CallAsync(CancellationToken cancellationToken, string method, params object?[] parameters)
    {
        var answer = await AskAsync(cancellationToken, method, parameters);
        return answer["result"] ?? throw new InvalidOperationException(answer.ToString());
    }

    /// <summary>Sends a call and returns code and message of its failure.</summary>
    public async Task<(int Code, string Message)> FailAsync(CancellationToken cancellationToken, string method, params object?[] parameters)
    {
        var error = (await AskAsync(cancellationToken, method, parameters))["error"]!;
        return ((int)error["code"]!, (string)error["message"]!);
    }

    public async Task<JObject> AskTextAsync(string text, Func<JObject, bool> isAnswer, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        return await Received.WaitForAsync(isAnswer, cancellationToken);
    }

    /// <summary>Returns the results of the notifications of a subscription so far.</summary>
    public IReadOnlyList<JToken> Notifications(string subscription) =>
        [.. Received.Items.Where(message => IsOf(message, subscription)).Select(message => message["params"]!["result"]!)];

    /// <summary>Waits for a notification.</summary>
    public async Task<JToken> NotifiedAsync(string subscription, Func<JToken, bool> isWanted, CancellationToken cancellationToken) =>
        (await Received.WaitForAsync(
            message => IsOf(message, subscription) && isWanted(message["params"]!["result"]!), cancellationToken))["params"]!["result"]!;

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private static bool IsOf(JObject message, string subscription) => (string?)message["params"]?["subscription"] == subscription;

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 20];
        using var text = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return;
                }

                text.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                Received.Add(JObject.Parse(Encoding.UTF8.GetString(text.ToArray())));
                text.SetLength(0);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The test is over, or the server has ended the connection.
        }
    }
}
