using System.Net.Sockets;
using System.Text;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>A WebSocket client that sends exactly the given bytes, and returns every received frame.</summary>
internal sealed class RawClient : IDisposable
{
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _oneByte = new byte[1];

    private NetworkStream Stream => _client.GetStream();

    public Socket Socket => _client.Client;

    /// <summary>Connects and performs the handshake.</summary>
    public static Task<RawClient> OpenAsync(WebSocketServer server, CancellationToken token) => OpenAsync(server.Port, "/", "", token);

    /// <summary>Connects and performs the handshake.</summary>
    /// <param name="port">The port on the loopback address.</param>
    /// <param name="path">The path of the WebSocket.</param>
    /// <param name="headers">Further header lines, each with its line break.</param>
    /// <param name="token">Cancels the connection attempt.</param>
    public static async Task<RawClient> OpenAsync(int port, string path, string headers, CancellationToken token)
    {
        var client = await ConnectAsync(port, token);
        var answer = await client.RequestAsync(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: {Key}\r\n{headers}\r\n", token);
        return answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) ? client : throw new InvalidOperationException(answer);
    }

    /// <summary>Connects without sending anything.</summary>
    public static Task<RawClient> ConnectAsync(WebSocketServer server, CancellationToken token) => ConnectAsync(server.Port, token);

    private static async Task<RawClient> ConnectAsync(int port, CancellationToken token)
    {
        var client = new RawClient();
        await client._client.ConnectAsync("127.0.0.1", port, token);
        return client;
    }

    /// <summary>Encodes a masked frame, as clients send it.</summary>
    public static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
    {
        byte[] key = [0x37, 0xfa, 0x21, 0x3d];
        var length = payload.Length switch
        {
            < 126 => (byte[])[(byte)(0x80 | payload.Length)],
            < 65536 => [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [0x80 | 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        byte[] frame = [first, .. length, .. key, .. payload];
        var start = frame.Length - payload.Length;
        for (var i = 0; i < payload.Length; i++) frame[start + i] ^= key[i % 4];
        return frame;
    }

    /// <summary>Sends a request and returns the head of the response.</summary>
    public async Task<string> RequestAsync(string request, CancellationToken token)
    {
        await SendAsync(Encoding.ASCII.GetBytes(request), token);
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await ReadAsync(1, token))[0]);
        return head.ToString();
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token) => await Stream.WriteAsync(bytes, token);

    public Task SendAsync(byte first, ReadOnlySpan<byte> payload, CancellationToken token) =>
        Stream.WriteAsync(Frame(first, payload), token).AsTask();

    /// <summary>Reads one frame, which must not be masked.</summary>
    public async Task<(byte First, byte[] Payload)> ReceiveAsync(CancellationToken token)
    {
        var head = await ReadAsync(2, token);
        var length = head[1] switch
        {
            < 126 => head[1],
            126 => (await ReadAsync(2, token)).Aggregate(0L, (sum, value) => sum << 8 | value),
            127 => (await ReadAsync(8, token)).Aggregate(0L, (sum, value) => sum << 8 | value),
            _ => throw new InvalidDataException("A server's frame is masked."),
        };
        return (head[0], await ReadAsync((int)length, token));
    }

    /// <summary>Reads until the server ends the connection, and returns the number of bytes. A reset counts as an end.</summary>
    public async Task<long> ReadToEndAsync(CancellationToken token)
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        try
        {
            while (await Stream.ReadAsync(buffer, token) is > 0 and var count) total += count;
        }
        catch (IOException)
        {
        }

        return total;
    }

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> ReadAsync(int count, CancellationToken token)
    {
        if (count == 1)
        {
            await Stream.ReadExactlyAsync(_oneByte, token);
            return _oneByte;
        }

        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, token);
        return bytes;
    }
}
