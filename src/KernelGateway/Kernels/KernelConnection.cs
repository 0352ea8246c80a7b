using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelGateway.Logging;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>The sockets of one kernel and the loops that read them.</summary>
/// <remarks>
/// Shell, control and stdin share one routing id, because a kernel sends its input requests to the routing id of the shell
/// request. A connection is used for one process only: what was sent to a dead kernel must not run in its successor.
/// </remarks>
internal sealed partial class KernelConnection : IAsyncDisposable
{
    // Longer than a loaded machine needs to report a lost connection.
    private static readonly TimeSpan DrainSilence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    // A kernel that starts binds its sockets after a second or so; each wait between two attempts is start-up time lost.
    private static readonly TimeSpan MaxRetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly MessageSigner _signer;
    private readonly WireCodec _codec;
    private readonly Action<KernelChannel, JupyterMessage> _dispatch;
    private readonly Action<Exception> _failed;
    private readonly ILogger _logger;
    private readonly KernelConnectionInfo _info;
    private readonly DealerSocket _shell;
    private readonly DealerSocket _control;
    private readonly DealerSocket _stdin;
    private readonly SubscriberSocket _iopub;
    private readonly CancellationTokenSource _closing = new();
    private readonly ChannelDrain _iopubDrain;
    private readonly ChannelDrain _shellDrain;
    private readonly ConnectedChannels _connected = new();
    private readonly RateLimitedLog<(KernelChannel Channel, MessageDropReason Reason)> _drops;
    private Task[] _loops = [];
    private int _othersConnecting;
    private int _disposed;

    public KernelConnection(
        KernelConnectionInfo info,
        string routingId,
        Action<KernelChannel, JupyterMessage> dispatch,
        Action<Exception> failed,
        MemoryAccount memory,
        ILogger logger,
        TimeProvider time)
    {
        _info = info;
        _signer = MessageSigner.Create(info.Key, info.SignatureScheme);
        _codec = new WireCodec(_signer);
        _dispatch = dispatch;
        _failed = failed;
        _logger = logger;
        _drops = new((drop, _, count) => LogDropped(drop.Channel, drop.Reason, count), time);
        var options = new ZmtpSocketOptions
        {
            RoutingId = Encoding.ASCII.GetBytes(routingId),
            ReconnectIntervalMax = MaxRetryInterval,

            // Messages that are unsent when the connection is closed were meant for a process that has ended.
            Linger = TimeSpan.Zero,
            MemoryBudget = memory.ReceivedMessages,
            TimeProvider = time,
            Logger = logger,
        };
        _iopubDrain = new ChannelDrain(_closing.Token);
        _shellDrain = new ChannelDrain(_closing.Token);
        _shell = new DealerSocket(options);
        _control = new DealerSocket(options);
        _stdin = new DealerSocket(options);
        _iopub = new SubscriberSocket(options);
    }

    /// <summary>Gets a task that completes when every channel has been connected for the first time.</summary>
    /// <remarks>
    /// Stdin is included: an input request to a client that is not connected yet is lost, and the cell waits for ever.
    /// </remarks>
    public Task AllConnected => _connected.AllConnected;

    /// <summary>Gets a value indicating whether shell or iopub is connected at this moment.</summary>
    public bool IsConnected => _connected.IsAnyConnected;

    /// <summary>Gets a value indicating whether output waits because an observer has not taken earlier messages.</summary>
    public bool IsOutputHeldBack => _iopubDrain.IsDispatching;

    /// <inheritdoc cref="ConnectedChannels.Lost"/>
    public Action<bool>? Lost
    {
        get => _connected.Lost;
        set => _connected.Lost = value;
    }

    /// <summary>
    /// Gets or sets the callback, with a sentence as its argument, for output that was lost because the gateway could not take
    /// it.
    /// </summary>
    public Action<string>? OutputLost { get; set; }

    /// <summary>Gets or sets the callback that is called when a message was dropped because it cannot be read.</summary>
    public Action<MessageDropReason>? Dropped { get; set; }

    /// <summary>
    /// Gets or sets the function that is awaited between two messages of iopub, so that the kernel is read no faster than its
    /// observers take its output.
    /// </summary>
    public Func<CancellationToken, ValueTask>? Pace { get; set; }

    /// <summary>Connects all channels and starts to read. Returns at once; the sockets connect in the background.</summary>
    public void Open()
    {
        _iopub.Subscribe([]);
        _iopub.ConnectionChanged += OnIOPubChanged;
        _shell.ConnectionChanged += OnShellChanged;
        _control.ConnectionChanged += change => NoteChange(KernelChannel.Control, change);
        _stdin.ConnectionChanged += change => NoteChange(KernelChannel.Stdin, change);

        using (ExecutionContext.SuppressFlow())
        {
            _loops =
            [
                Task.Run(() => ReceiveAsync(KernelChannel.Shell, _shell.ReceiveAsync, _shell.TryReceive, _shellDrain)),
                Task.Run(() => ReceiveAsync(KernelChannel.Control, _control.ReceiveAsync)),
                Task.Run(() => ReceiveAsync(KernelChannel.Stdin, _stdin.ReceiveAsync)),
                Task.Run(() => ReceiveAsync(KernelChannel.IOPub, _iopub.ReceiveAsync, _iopub.TryReceive, _iopubDrain)),
            ];
        }

        // The others follow when the kernel has bound this one, so that only one socket retries.
        _iopub.Connect(_info.GetEndpoint(KernelChannel.IOPub));
    }

    public ValueTask SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken)
    {
        var socket = channel switch
        {
            KernelChannel.Shell => _shell,
            KernelChannel.Control => _control,
            KernelChannel.Stdin => _stdin,
            _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "Messages are sent on shell, control and stdin."),
        };
        return socket.SendAsync(_codec.Encode(message), cancellationToken);
    }

    /// <summary>Waits until everything that an ended kernel had sent has been dispatched.</summary>
    public Task DrainAsync(TimeProvider time) => Task.WhenAll(
        _iopubDrain.WaitAsync(DrainSilence, DrainLimit, time), _shellDrain.WaitAsync(DrainSilence, DrainLimit, time));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(
            _shell.DisposeAsync().AsTask(),
            _control.DisposeAsync().AsTask(),
            _stdin.DisposeAsync().AsTask(),
            _iopub.DisposeAsync().AsTask()).ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _drops.Close();
        _iopubDrain.Dispose();
        _shellDrain.Dispose();
        _signer.Dispose();
        _closing.Dispose();
    }

    private void OnIOPubChanged(ZmtpConnectionEvent change)
    {
        if (change.Change == ZmtpConnectionChange.Connected && Interlocked.Exchange(ref _othersConnecting, 1) == 0)
        {
            _shell.Connect(_info.GetEndpoint(KernelChannel.Shell));
            _control.Connect(_info.GetEndpoint(KernelChannel.Control));
            _stdin.Connect(_info.GetEndpoint(KernelChannel.Stdin));
        }

        _connected.OnChanged(KernelChannel.IOPub, change.Change);
        if (change.Change != ZmtpConnectionChange.Lost) return;
        _iopubDrain.OnLost();
        if (!RefusedMessage.TryDescribe(change, out var problem)) return;
        LogOutputLost(problem);
        OutputLost?.Invoke($"Output was lost: the gateway could not take a message of the kernel. {problem}");
    }

    private void NoteChange(KernelChannel channel, ZmtpConnectionEvent change)
    {
        _connected.OnChanged(channel, change.Change);
        if (change.Change == ZmtpConnectionChange.Lost && RefusedMessage.TryDescribe(change, out var problem)) LogRefused(channel, problem);
    }

    private void OnShellChanged(ZmtpConnectionEvent change)
    {
        NoteChange(KernelChannel.Shell, change);
        if (change.Change == ZmtpConnectionChange.Lost) _shellDrain.OnLost();
    }

    private delegate bool TryReceive([NotNullWhen(true)] out ZmtpMessage? message);

    private async Task ReceiveAsync(
        KernelChannel channel, Func<CancellationToken, ValueTask<ZmtpMessage>> receive, TryReceive? tryReceive = null, ChannelDrain? drain = null)
    {
        try
        {
            var stop = drain?.Lost ?? _closing.Token;
            while (true)
            {
                try
                {
                    using var frames = await receive(stop).ConfigureAwait(false);
                    await DispatchAsync(channel, frames, drain).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (drain is not null && !_closing.IsCancellationRequested)
                {
                    // The connection is lost; the messages that it had delivered are in the queue. The connection to an attached
                    // kernel may be restored.
                    await DrainAsync(channel, tryReceive!, drain).ConfigureAwait(false);
                    stop = _closing.Token;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The connection is being disposed.
        }
        catch (Exception exception)
        {
            LogLoopFailed(exception, channel);
            _failed(exception);
        }
        finally
        {
            drain?.Complete();
        }
    }

    private async ValueTask DispatchAsync(KernelChannel channel, ZmtpMessage frames, ChannelDrain? drain)
    {
        drain?.Begin();
        if (_codec.TryDecode(frames, out var message, out _, out var reason)) _dispatch(channel, message);
        else NoteDrop(channel, reason);
        if (channel == KernelChannel.IOPub && Pace is { } pace) await pace(_closing.Token).ConfigureAwait(false);
        drain?.End();
    }

    private void NoteDrop(KernelChannel channel, MessageDropReason reason)
    {
        Dropped?.Invoke(reason);
        _drops.Add((channel, reason));
    }

    private async Task DrainAsync(KernelChannel channel, TryReceive tryReceive, ChannelDrain drain)
    {
        while (tryReceive(out var waiting))
        {
            using (waiting) await DispatchAsync(channel, waiting, drain).ConfigureAwait(false);
        }

        drain.Complete();
    }
}
