using System.Net;
using System.Net.Sockets;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Listens as a kernel does, finishes ZMTP's handshake, and then sends an empty command: the bytes <c>04 00</c>.</summary>
internal sealed class HostileKernel : IAsyncDisposable
{
    private const int GreetingBytes = 64;

    private static readonly byte[] EmptyCommand = [0x04, 0x00];

    private readonly Dictionary<KernelChannel, TcpListener> _listeners = [];
    private readonly List<Task> _serving = [];

    /// <summary>Starts to listen on free loopback ports.</summary>
    public HostileKernel()
    {
        foreach (var channel in Enum.GetValues<KernelChannel>())
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _listeners.Add(channel, listener);
            _serving.Add(ServeAsync(channel, listener));
        }
    }

    /// <summary>Gets the channels on which an empty command was sent and something of the client followed.</summary>
    public AwaitableLog<KernelChannel> Survived { get; } = new();

    /// <summary>Gets the channels on which an empty command was sent.</summary>
    public AwaitableLog<KernelChannel> Attacked { get; } = new();

    public Task WriteConnectionFileAsync(string path, CancellationToken cancellationToken) => ConnectionFile.WriteAsync(
        path,
        new KernelConnectionInfo
        {
            Ip = "127.0.0.1",
            ShellPort = PortOf(KernelChannel.Shell),
            ControlPort = PortOf(KernelChannel.Control),
            StdinPort = PortOf(KernelChannel.Stdin),
            IOPubPort = PortOf(KernelChannel.IOPub),
            HeartbeatPort = PortOf(KernelChannel.Heartbeat),
            Key = "hostile",
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values) listener.Stop();
        await Task.WhenAll(_serving);
    }

    private int PortOf(KernelChannel channel) => ((IPEndPoint)_listeners[channel].LocalEndpoint).Port;

    private async Task ServeAsync(KernelChannel channel, TcpListener listener)
    {
        while (true)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync();
                await AttackAsync(channel, client.GetStream());
            }
            catch (IOException)
            {
                // The client has ended.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AttackAsync(KernelChannel channel, NetworkStream stream)
    {
        await stream.WriteAsync(Greeting());
        var received = new byte[GreetingBytes];
        await stream.ReadExactlyAsync(received);
        await stream.WriteAsync(Ready(channel));

        // Its READY, a command of less than 256 bytes.
        await stream.ReadExactlyAsync(received.AsMemory(0, 2));
        await stream.ReadExactlyAsync(new byte[received[1]]);
        await stream.WriteAsync(EmptyCommand);
        Attacked.Add(channel);
        if (await stream.ReadAsync(received) > 0) Survived.Add(channel);
        while (await stream.ReadAsync(received) > 0)
        {
        }
    }

    // 23/ZMTP, Greeting: version 3.0, mechanism NULL.
    private static byte[] Greeting()
    {
        var greeting = new byte[GreetingBytes];
        greeting[0] = 0xFF;
        greeting[9] = 0x7F;
        greeting[10] = 3;
        "NULL"u8.CopyTo(greeting.AsSpan(12));
        return greeting;
    }

    private static byte[] Ready(KernelChannel channel)
    {
        var type = channel switch { KernelChannel.IOPub => "PUB", KernelChannel.Heartbeat => "REP", _ => "ROUTER" };
        byte[] body = [5, .. "READY"u8, 11, .. "Socket-Type"u8, 0, 0, 0, (byte)type.Length, .. Encoding.ASCII.GetBytes(type)];
        return [0x04, (byte)body.Length, .. body];
    }
}
