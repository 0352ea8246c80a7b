using System.Globalization;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Testing.Scripting;

/// <summary>Owns the five sockets of the kernel: binds them, reads them, closes them and binds them again.</summary>
internal sealed class KernelSocketSet : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<KernelChannel, BoundSocket> _sockets = [];
    private readonly Func<KernelChannel, IReadOnlyList<ReadOnlyMemory<byte>>, Task> _received;
    private readonly ScriptedKernelOptions _options;
    private readonly string? _directory;

    /// <summary>Prepares the sockets. Each received message is passed to the function, for each channel one message at a time.</summary>
    public KernelSocketSet(ScriptedKernelOptions options, Func<KernelChannel, IReadOnlyList<ReadOnlyMemory<byte>>, Task> received)
    {
        _options = options;
        _received = received;
        // Unix domain sockets are in a directory that only this user can enter. The path must be short, because the system limits its length.
        if (options.ConnectionInfo is null && options.Transport == KernelTransport.Ipc)
            _directory = Directory.CreateTempSubdirectory("kg-").FullName;
    }

    /// <summary>Gets the channel of each connection that has completed its handshake, in order.</summary>
    public AwaitableLog<KernelChannel> Connections { get; } = new();

    /// <summary>Binds all five sockets, at the addresses of the connection info or at new ones.</summary>
    public async Task<KernelConnectionInfo> BindAsync(CancellationToken cancellationToken)
    {
        var info = _options.ConnectionInfo ?? new KernelConnectionInfo
        {
            Transport = _options.Transport,
            Ip = _options.Transport switch
            {
                KernelTransport.Ipc => Path.Combine(_directory!, "k"),
                KernelTransport.InProc => $"scripted-{Guid.NewGuid():N}",
                _ => "127.0.0.1",
            },
            ShellPort = Fresh(1), IOPubPort = Fresh(2), StdinPort = Fresh(3), ControlPort = Fresh(4), HeartbeatPort = Fresh(5),
            Key = _options.Key,
            SignatureScheme = _options.SignatureScheme,
            KernelName = "scripted",
        };
        foreach (var channel in Enum.GetValues<KernelChannel>()) info = await BindAsync(channel, info, cancellationToken);
        return info;

        // With TCP the system chooses the port.
        int Fresh(int suffix) => _options.Transport == KernelTransport.Tcp ? 0 : suffix;
    }

    /// <summary>Binds one socket that is not bound.</summary>
    public async Task<KernelConnectionInfo> BindAsync(
        KernelChannel channel, KernelConnectionInfo info, CancellationToken cancellationToken)
    {
        var bound = new BoundSocket(channel, _options.SendHighWaterMark);
        bound.Socket.ConnectionChanged += change =>
        {
            if (change.Change == ZmtpConnectionChange.Connected) Connections.Add(channel);
        };
        try
        {
            var endpoint = await bound.Socket.BindAsync(info.GetEndpoint(channel), cancellationToken);
            if (info.GetPort(channel) == 0) info = WithPort(info, channel, PortOf(endpoint));
        }
        catch
        {
            await bound.Socket.DisposeAsync();
            throw;
        }
        lock (_lock) _sockets.Add(channel, bound);
        bound.Reading = ReadAsync(bound);
        return info;
    }

    /// <summary>Closes one socket. Its peers see the end of their connections.</summary>
    public async Task CloseAsync(KernelChannel channel)
    {
        BoundSocket? bound;
        lock (_lock) _sockets.Remove(channel, out bound);
        if (bound is null) return;
        await bound.Socket.DisposeAsync();
        await bound.Reading;
    }

    /// <summary>Sends frames unchanged. They are dropped when the socket is closed.</summary>
    public async Task SendAsync(
        KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        BoundSocket? bound;
        lock (_lock) _sockets.TryGetValue(channel, out bound);
        try
        {
            if (bound is not null) await bound.SendAsync(frames, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            // The test has just closed the socket. Messages of a kernel that dies are lost in the same way.
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in Enum.GetValues<KernelChannel>()) await CloseAsync(channel);
        if (_directory is not null && Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private async Task ReadAsync(BoundSocket bound)
    {
        // One loop reads each socket. CloseAsync waits for that loop.
        await Task.Yield();
        while (true)
        {
            ReadOnlyMemory<byte>[] frames;
            try
            {
                using var message = await bound.ReceiveAsync(CancellationToken.None);
                frames = [.. message.Select(frame => (ReadOnlyMemory<byte>)frame.ToArray())];
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            await _received(bound.Channel, frames);
        }
    }

    private static KernelConnectionInfo WithPort(KernelConnectionInfo info, KernelChannel channel, int port) => channel switch
    {
        KernelChannel.Shell => info with { ShellPort = port },
        KernelChannel.Control => info with { ControlPort = port },
        KernelChannel.Stdin => info with { StdinPort = port },
        KernelChannel.IOPub => info with { IOPubPort = port },
        _ => info with { HeartbeatPort = port },
    };

    private static int PortOf(string endpoint) =>
        int.Parse(endpoint.AsSpan(endpoint.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Gives the socket types one interface.</summary>
    private sealed class BoundSocket
    {
        private readonly RouterSocket? _router;
        private readonly XPublisherSocket? _publisher;

        public BoundSocket(KernelChannel channel, int sendHighWaterMark)
        {
            Channel = channel;
            // A ROUTER echoes heartbeats as a REP does, and unlike a REP it can leave one unanswered.
            var options = new ZmtpSocketOptions { SendHighWaterMark = sendHighWaterMark, RouterHandover = true };
            if (channel == KernelChannel.IOPub) _publisher = new XPublisherSocket(options);
            else _router = new RouterSocket(options);
        }

        public KernelChannel Channel { get; }

        public ZmtpSocket Socket => (ZmtpSocket?)_router ?? _publisher!;

        /// <summary>Gets or sets the loop that reads the socket. It never faults.</summary>
        public Task Reading { get; set; } = Task.CompletedTask;

        public async Task SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
        {
            if (_router is not null) await _router.SendAsync(frames, cancellationToken);
            else await _publisher!.SendAsync(frames, cancellationToken);
        }

        public async Task<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken) => _router is not null
            ? await _router.ReceiveAsync(cancellationToken)
            : await _publisher!.ReceiveAsync(cancellationToken);
    }
}
