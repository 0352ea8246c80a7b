using System.Runtime.CompilerServices;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Transports.Zmtp;

/// <summary>The channels of one kernel on ZMTP sockets, which do most of what the interface asks for.</summary>
internal sealed class ZmtpChannels : IKernelChannels
{
    // An echo has as many bytes as the ping; there may be an envelope around it.
    private const int MaxEchoBytes = 1024;

    private static readonly ReadOnlyMemory<byte>[] Ping = ["ping"u8.ToArray()];

    private readonly KernelConnectionInfo _kernel;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly DealerSocket _shell;
    private readonly DealerSocket _control;
    private readonly DealerSocket _stdin;
    private readonly SubscriberSocket _iopub;

    public ZmtpChannels(KernelConnectionInfo kernel, KernelChannelsOptions options)
    {
        _kernel = kernel;
        _time = options.TimeProvider;
        var sockets = new ZmtpSocketOptions
        {
            RoutingId = Encoding.ASCII.GetBytes(options.RoutingId),
            SendHighWaterMark = options.MaxQueuedMessages,
            ReceiveHighWaterMark = options.MaxQueuedMessages,
            ReconnectIntervalMax = options.MaxRetryInterval,
            MaxFrameBytes = options.MaxFrameBytes,
            MaxMessageBytes = options.MaxMessageBytes,
            MaxFramesPerMessage = options.MaxFramesPerMessage,

            // Messages that are unsent when the connection is closed were meant for a process that has ended.
            Linger = TimeSpan.Zero,
            MemoryBudget = options.Budget is { } budget ? new ZmtpMessageBudget(budget) : null,
            TimeProvider = options.TimeProvider,
            Logger = options.Logger,
        };
        _shell = Watch(new DealerSocket(sockets), KernelChannel.Shell);
        _control = Watch(new DealerSocket(sockets), KernelChannel.Control);
        _stdin = Watch(new DealerSocket(sockets), KernelChannel.Stdin);
        _iopub = Watch(new SubscriberSocket(sockets), KernelChannel.IOPub);
        _iopub.Subscribe([]);
    }

    public event Action<ChannelEvent>? Changed;

    public void Connect(KernelChannel channel)
    {
        ZmtpSocket socket = channel == KernelChannel.IOPub ? _iopub : GetDealer(channel);
        socket.Connect(_kernel.GetEndpoint(channel));
    }

    public ValueTask SendAsync(KernelChannel channel, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken) =>
        GetDealer(channel).SendAsync(frames, cancellationToken);

    // Every message of a kernel passes here. The pooled builder makes the wait for one free of allocations.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ChannelMessage> ReceiveAsync(KernelChannel channel, CancellationToken cancellationToken)
    {
        var message = channel == KernelChannel.IOPub
            ? await _iopub.ReceiveAsync(cancellationToken).ConfigureAwait(false)
            : await GetDealer(channel).ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return new ChannelMessage(message, message);
    }

    public bool TryReceive(KernelChannel channel, out ChannelMessage message)
    {
        var isReceived = channel == KernelChannel.IOPub
            ? _iopub.TryReceive(out var received)
            : GetDealer(channel).TryReceive(out received);
        message = isReceived ? new ChannelMessage(received!, received) : default;
        return isReceived;
    }

    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        var socket = new RequestSocket(new ZmtpSocketOptions { TimeProvider = _time, Linger = TimeSpan.Zero, MaxMessageBytes = MaxEchoBytes });
        await using (socket.ConfigureAwait(false))
        {
            socket.ConnectionChanged += change =>
            {
                if (change.Change == ZmtpConnectionChange.Lost) EndPing();
            };
            try
            {
                socket.Connect(_kernel.GetEndpoint(KernelChannel.Heartbeat));
                await socket.SendAsync(Ping, ended.Token).ConfigureAwait(false);
                using var echo = await socket.ReceiveAsync(ended.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
                return false;
            }
        }

        void EndPing()
        {
            try
            {
                ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The socket is being disposed: the ping has ended.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Not disposed afterwards: a ping may still use it, and it has no timer.
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(
            _shell.DisposeAsync().AsTask(),
            _control.DisposeAsync().AsTask(),
            _stdin.DisposeAsync().AsTask(),
            _iopub.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    private T Watch<T>(T socket, KernelChannel channel)
        where T : ZmtpSocket
    {
        socket.ConnectionChanged += change => OnChanged(channel, change);
        return socket;
    }

    private void OnChanged(KernelChannel channel, ZmtpConnectionEvent change)
    {
        switch (change.Change)
        {
            case ZmtpConnectionChange.Connected:
                Changed?.Invoke(new ChannelEvent(channel, ChannelChange.Connected));
                break;
            case ZmtpConnectionChange.Lost:
                Changed?.Invoke(new ChannelEvent(channel, ChannelChange.Lost));
                if (RefusedMessage.TryDescribe(change, out var problem)) Changed?.Invoke(new ChannelEvent(channel, ChannelChange.MessageRefused, problem));
                break;
            default:
                // A kernel that starts refuses connections until it listens.
                break;
        }
    }

    private DealerSocket GetDealer(KernelChannel channel) => channel switch
    {
        KernelChannel.Shell => _shell,
        KernelChannel.Control => _control,
        KernelChannel.Stdin => _stdin,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "Messages are sent on shell, control and stdin, and received there and on iopub."),
    };
}
