using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>A TCP proxy on loopback that resets both sides of each connection after a number of bytes.</summary>
/// <param name="target">The server.</param>
/// <param name="nextCut">Returns the number of bytes from the server after which the next connection is cut; null for no cut.</param>
internal sealed class CuttingProxy(Uri target, Func<long?> nextCut) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;
    private int _cuts;

    /// <summary>Gets the number of connections that were cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public void Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token), nextCut()));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;   // The proxy was stopped.
            }
        }
    }

    private async Task ServeAsync(Socket client, long? cut)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token))
        {
            await server.ConnectAsync(target.Host, target.Port, _stopping.Token);
            var down = PumpAsync(server, client, cut ?? long.MaxValue, over);
            var up = PumpAsync(client, server, long.MaxValue, over);
            await Task.WhenAll(down, up);
            if (!await down) return;
            Interlocked.Increment(ref _cuts);
            client.LingerState = server.LingerState = new LingerOption(enable: true, seconds: 0);   // Close now resets both connections.
        }
    }

    // Returns true when it ended because the allowed number of bytes was used up.
    private static async Task<bool> PumpAsync(Socket from, Socket to, long remaining, CancellationTokenSource over)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (remaining > 0)
            {
                var count = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, remaining)), over.Token);
                if (count == 0) return false;
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), over.Token);
                remaining -= count;
            }

            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return false;   // The other direction has ended, or one end has disconnected.
        }
        finally
        {
            await over.CancelAsync();
        }
    }
}
