using System.Net.WebSockets;
using KernelGateway.AspNetCore.WebSockets;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Operations of the tests on either end of a connection.</summary>
internal static class WebSocketCalls
{
    /// <summary>Sends every message back until the client ends the connection.</summary>
    public static async Task EchoAsync(this WebSocketConnection connection, CancellationToken token)
    {
        while (await connection.ReceiveAsync(token) is { } message)
        {
            connection.WriteMessage(message.IsText, message.Payload);
            await connection.FlushAsync(token);
        }
    }

    /// <summary>Closes the connection and returns the messages that the client still sends.</summary>
    public static async Task<List<byte[]>> CloseAndReceiveAsync(
        this WebSocketConnection connection, WebSocketCloseStatus status, string reason, CancellationToken token)
    {
        var messages = new List<byte[]>();
        var closing = connection.CloseOutputAsync(status, reason, token);
        while (await connection.ReceiveAsync(token) is { } message) messages.Add(message.Payload.ToArray());
        await closing;
        return messages;
    }

    /// <summary>Sends more than fits into all buffers between this process and the client.</summary>
    public static async Task<bool> FloodAsync(this WebSocketConnection connection, CancellationToken token)
    {
        connection.WriteMessage(isText: false, new byte[64 << 20]);
        return await connection.FlushAsync(token);
    }

    /// <summary>Receives a whole message. An empty one of the type <see cref="WebSocketMessageType.Close"/> is the end.</summary>
    public static async Task<(byte[] Payload, WebSocketMessageType Type)> ReceiveMessageAsync(this ClientWebSocket client, CancellationToken token)
    {
        var payload = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var result = await client.ReceiveAsync(buffer, token);
            payload.AddRange(buffer[..result.Count]);
            if (result.EndOfMessage) return ([.. payload], result.MessageType);
        }
    }
}
