using System.Net;
using System.Net.Sockets;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>A web server that does as little as possible: each request gets the same short answer, at once.</summary>
internal sealed class PortBackend : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private PortBackend() => _listener.Start();

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    private static ReadOnlySpan<byte> Answer => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8;

    /// <summary>Gets what the body of the answer contains.</summary>
    public static ReadOnlySpan<byte> Marker => "hello"u8;

    public static PortBackend Start()
    {
        var backend = new PortBackend();
        Run(backend.AcceptAll);
        return backend;
    }

    public void Dispose() => _listener.Stop();

    // Blocking calls on threads of their own, as in the client: no event loop adds to what is measured.
    private static void Run(Action work) => new Thread(() =>
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The other side has closed, or the row has ended.
        }
    })
    { IsBackground = true }.Start();

    private void AcceptAll()
    {
        while (true)
        {
            var socket = _listener.AcceptSocket();
            socket.NoDelay = true;
            Run(() => Serve(socket));
        }
    }

    private static void Serve(Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[4096];
            for (var length = 0; ;)
            {
                var received = socket.Receive(buffer.AsSpan(length));
                if (received == 0) return;
                length += received;
                if (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) continue;
                length = 0;
                socket.Send(Answer);
            }
        }
    }
}
