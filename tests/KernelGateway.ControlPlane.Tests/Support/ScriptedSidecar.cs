using System.Collections.Concurrent;
using System.Text;
using KernelGateway.ControlPlane.Sandboxes;

namespace KernelGateway.ControlPlane.Tests.Support;

/// <summary>Answers the requests that a control plane makes to a sidecar.</summary>
internal sealed class ScriptedSidecar
{
    private readonly ConcurrentQueue<string> _requests = new();

    /// <summary>Gets the requests, each with its headers and body.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Gets or sets the status of the answers to <c>/health</c> and <c>/ready</c>.</summary>
    public Func<string, int> Status { get; set; } = _ => 204;

    /// <summary>Serves a connection until it ends.</summary>
    public void Serve(Stream connection) => _ = Task.Run(() => ServeAsync(connection));

    private async Task ServeAsync(Stream connection)
    {
        await using var owned = connection;
        try
        {
            while (await ReadAsync(connection) is { } request)
            {
                _requests.Enqueue(request);
                var path = request.Split(' ')[1];
                var status = Status(path);
                if (status == 204 && path == SidecarProcess.Path) await connection.WriteAsync(CommandAnswer());
                else if (status == 204) await connection.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
                else await connection.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Scripted\r\nContent-Length: 0\r\n\r\n"));
            }
        }
        catch (IOException)
        {
            // The control plane has closed the connection.
        }
    }

    // Of a command that starts and ends at once: messages of less than 256 bytes, each with its flags and length.
    private static byte[] CommandAnswer()
    {
        var events = """{"event":{"start":{"pid":7}}} {"event":{"end":{"exited":true}}} {}""".Split(' ')
            .SelectMany(message => (byte[])[(byte)(message == "{}" ? 2 : 0), 0, 0, 0, (byte)message.Length, .. Encoding.ASCII.GetBytes(message)])
            .ToArray();
        return [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {events.Length}\r\n\r\n"), .. events];
    }

    private static async Task<string?> ReadAsync(Stream connection)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await connection.ReadAsync(buffer) == 0) return null;
            text.Append((char)buffer[0]);
        }

        var length = text.ToString().Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.Split(':')[1]))
            .FirstOrDefault();
        var body = new byte[length];
        await connection.ReadExactlyAsync(body);
        return text + Encoding.UTF8.GetString(body);
    }
}
