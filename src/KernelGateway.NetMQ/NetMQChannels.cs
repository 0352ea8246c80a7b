using System.Text;
using KernelGateway.NetMQ.Sockets;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;

namespace KernelGateway.NetMQ;

/// <summary>The channels of one kernel over NetMQ.</summary>
internal sealed partial class NetMQChannels : IKernelChannels
{
    private readonly KernelConnectionInfo _kernel;
    private readonly KernelChannelsOptions _options;
    private readonly SharedSocketThread _threads;
    private readonly SocketThread _thread;
    private readonly ILogger _logger;
    private readonly Dictionary<KernelChannel, NetMQChannel> _channels;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();

    // Guarded by _gate, as the one below: connects and pings. They use the thread, so they are waited for before it is given back.
    private readonly HashSet<Task> _pending = [];
    private Task? _disposal;

    public NetMQChannels(KernelConnectionInfo kernel, KernelChannelsOptions options, SharedSocketThread threads)
    {
        _kernel = kernel;
        _options = options;
        _threads = threads;
        _logger = options.Logger;
        _thread = threads.Rent();
        _channels = new[] { KernelChannel.Shell, KernelChannel.Control, KernelChannel.Stdin, KernelChannel.IOPub }
            .ToDictionary(channel => channel, channel => new NetMQChannel(channel, options, _thread, Raise));
    }

    /// <inheritdoc/>
    public event Action<ChannelEvent>? Changed;

    /// <inheritdoc/>
    public void Connect(KernelChannel channel)
    {
        var connected = Find(channel);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, typeof(IKernelChannels));
            var connecting = ConnectAsync(channel, connected);
            if (!connecting.IsCompleted) _pending.Add(connecting);
        }
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (channel == KernelChannel.IOPub) throw new ArgumentOutOfRangeException(nameof(channel), channel, "Nothing is sent on iopub.");
        return Find(channel).SendAsync(frames, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ChannelMessage> ReceiveAsync(KernelChannel channel, CancellationToken cancellationToken) =>
        Find(channel).ReceiveAsync(cancellationToken);

    /// <inheritdoc/>
    public bool TryReceive(KernelChannel channel, out ChannelMessage message) => Find(channel).TryReceive(out message);

    /// <inheritdoc/>
    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        Task<bool> pinging;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, typeof(IKernelChannels));
            pinging = PingCoreAsync(cancellationToken);
            _pending.Add(pinging);
        }

        try
        {
            return await pinging.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _pending.Remove(pinging);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate) return new ValueTask(_disposal ??= Task.Run(DisposeCoreAsync));
    }

    private NetMQChannel Find(KernelChannel channel) => _channels.TryGetValue(channel, out var found)
        ? found
        : throw new ArgumentOutOfRangeException(nameof(channel), channel, "The heartbeat has no queue of messages.");

    // Never faults.
    private async Task ConnectAsync(KernelChannel channel, NetMQChannel connected)
    {
        try
        {
            var (endpoint, isIPv6) = await KernelEndpoint.ResolveAsync(_kernel, channel, _options.TimeProvider, _closing.Token).ConfigureAwait(false);
            if (!_thread.Post(() => connected.Connect(() => Create(channel, isIPv6), endpoint)))
                connected.OnFailed(new InvalidOperationException("The thread of the sockets has ended."));
        }
        catch (OperationCanceledException)
        {
            // The channels are being disposed.
        }
    }

    private NetMQSocket Create(KernelChannel channel, bool isIPv6)
    {
        if (channel == KernelChannel.IOPub)
        {
            var subscriber = NetMQChannel.Configure(new SubscriberSocket(), _options, isIPv6);
            subscriber.SubscribeToAnyTopic();
            return subscriber;
        }

        var dealer = NetMQChannel.Configure(new DealerSocket(), _options, isIPv6);
        dealer.Options.Identity = Encoding.ASCII.GetBytes(_options.RoutingId);
        return dealer;
    }

    private async Task<bool> PingCoreAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            return await new Heartbeat(_kernel, _options, _thread).PingAsync(ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(NetMQChannel.Disposed, exception);
        }
    }

    private async Task DisposeCoreAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (var channel in _channels.Values) channel.Close();
        Task[] pending;
        lock (_gate) pending = [.. _pending];
        await Task.WhenAll(pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _thread.InvokeAsync(Close).ConfigureAwait(false);
        await _threads.ReturnAsync(_thread).ConfigureAwait(false);
        _closing.Dispose();
    }

    // On the socket thread: nothing that is thrown here may end it.
    private void Close()
    {
        foreach (var (name, channel) in _channels)
        {
            try
            {
                channel.Dispose();
            }
            catch (Exception exception)
            {
                LogNotClosed(exception, name);
            }
        }
    }

    private void Raise(ChannelEvent change)
    {
        if (change.Change == ChannelChange.Connected) LogConnected(change.Channel);
        else if (change.Change == ChannelChange.Lost) LogLost(change.Channel);
        try
        {
            Changed?.Invoke(change);
        }
        catch (Exception exception)
        {
            // The handler's failure is not the channel's.
            LogHandlerFailed(exception, change.Channel);
        }
    }

    [LoggerMessage(1101, LogLevel.Debug, "NetMQ: {Channel} was connected.")]
    private partial void LogConnected(KernelChannel channel);

    [LoggerMessage(1102, LogLevel.Debug, "NetMQ: the connection of {Channel} has ended.")]
    private partial void LogLost(KernelChannel channel);

    [LoggerMessage(1103, LogLevel.Error, "NetMQ: a handler of events of {Channel} has failed.")]
    private partial void LogHandlerFailed(Exception exception, KernelChannel channel);

    [LoggerMessage(1104, LogLevel.Warning, "NetMQ: the socket of {Channel} could not be closed.")]
    private partial void LogNotClosed(Exception exception, KernelChannel channel);
}
