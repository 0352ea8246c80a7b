using System.Net.WebSockets;
using System.Text;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Terminals;

/// <summary>A client of a terminal's WebSocket, in terminado's protocol.</summary>
internal sealed class TerminalClient : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _shown = new();

    /// <summary>Gets all text that has been received.</summary>
    public string Shown => _shown.ToString();

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Connects and reads the first message, which has to be the setup.</summary>
    public static async Task<TerminalClient> ConnectAsync(GatewayServer server, string name, CancellationToken cancellationToken)
    {
        var client = new TerminalClient();
        client._socket.Options.SetRequestHeader("Authorization", $"Bearer {GatewayServer.Token}");
        await client._socket.ConnectAsync(
            new UriBuilder(server.Address) { Scheme = "ws", Path = $"/terminals/websocket/{name}" }.Uri, cancellationToken);
        var setup = await client.ReceiveAsync(cancellationToken);
        return setup?.ToString(Newtonsoft.Json.Formatting.None) == """["setup",{}]"""
            ? client
            : throw new InvalidOperationException($"The first message is {setup}.");
    }

    public Task TypeAsync(string text, CancellationToken cancellationToken) => SendAsync(new JArray("stdin", text), cancellationToken);

    public Task ResizeAsync(int rows, int columns, CancellationToken cancellationToken) =>
        SendAsync(new JArray("set_size", rows, columns, 0, 0), cancellationToken);

    public Task SendAsync(JToken message, CancellationToken cancellationToken) =>
        SendRawAsync(message.ToString(Newtonsoft.Json.Formatting.None), cancellationToken);

    public Task SendRawAsync(string message, CancellationToken cancellationToken) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Reads until the shown text contains the given one.</summary>
    public async Task ReadUntilAsync(string text, CancellationToken cancellationToken)
    {
        while (!Shown.Contains(text, StringComparison.Ordinal))
        {
            var message = await ReceiveAsync(cancellationToken)
                ?? throw new InvalidOperationException($"The terminal has ended and has not shown '{text}': {Shown}");
            if ((string?)message[0] == "stdout") _shown.Append((string?)message[1]);
        }
    }

    /// <summary>Reads to the end and gives the last message.</summary>
    public async Task<JArray?> ReadToEndAsync(CancellationToken cancellationToken)
    {
        JArray? last = null;
        while (await ReceiveAsync(cancellationToken) is { } message)
        {
            if ((string?)message[0] == "stdout") _shown.Append((string?)message[1]);
            last = message;
        }

        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
        return last;
    }

    /// <summary>Forgets the text that has been received.</summary>
    public void Forget() => _shown.Clear();

    public void Dispose() => _socket.Dispose();

    private async Task<JArray?> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer, cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            message.Write(buffer, 0, result.Count);
            if (result.EndOfMessage) return (JArray)HttpCalls.Parse(Encoding.UTF8.GetString(message.ToArray()));
        }
    }
}
