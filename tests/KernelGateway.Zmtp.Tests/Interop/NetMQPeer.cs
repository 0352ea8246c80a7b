using NetMQ;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>A socket of NetMQ in this process. Its calls block, so they run on the thread pool, one at a time.</summary>
internal sealed class NetMQPeer : IAsyncDisposable
{
    // How long a blocking call may last before it looks at the token of the test.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    private readonly NetMQSocket _socket;

    private NetMQPeer(NetMQSocket socket, string endpoint) => (_socket, Endpoint) = (socket, endpoint);

    public string Endpoint { get; }

    /// <summary>Binds a socket at a free loopback port, or at the given endpoint.</summary>
    public static NetMQPeer Bind(NetMQSocket socket, string? endpoint = null)
    {
        socket.Options.Linger = TimeSpan.Zero;
        if (endpoint is null) endpoint = $"tcp://127.0.0.1:{socket.BindRandomPort("tcp://127.0.0.1")}";
        else socket.Bind(endpoint);
        return new NetMQPeer(socket, endpoint);
    }

    /// <summary>Connects a socket.</summary>
    public static NetMQPeer Connect(NetMQSocket socket, string endpoint)
    {
        socket.Options.Linger = TimeSpan.Zero;
        socket.Connect(endpoint);
        return new NetMQPeer(socket, endpoint);
    }

    public async Task SendAsync(CancellationToken token, params byte[][] frames)
    {
        while (!await Task.Run(() => _socket.TrySendMultipartBytes(Turn, frames), token)) token.ThrowIfCancellationRequested();
    }

    public async Task<byte[][]> ReceiveAsync(CancellationToken token)
    {
        while (true)
        {
            var frames = new List<byte[]>();
            if (await Task.Run(() => _socket.TryReceiveMultipartBytes(Turn, ref frames!), token)) return [.. frames];
            token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Sends back what it receives.</summary>
    public async Task EchoAsync(int count, CancellationToken token)
    {
        for (var i = 0; i < count; i++) await SendAsync(token, await ReceiveAsync(token));
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
