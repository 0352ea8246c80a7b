using KernelGateway.Guarding;
using KernelGateway.Logging;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Transports;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>The channels of one kernel and the loops that read them.</summary>
/// <remarks>
/// A connection is used for one process only: what was sent to a dead kernel must not run in its successor. The transport of the channels may be
/// code of the host.
/// </remarks>
internal sealed partial class KernelConnection : IAsyncDisposable
{
    // Longer than a loaded machine needs to report a lost connection.
    private static readonly TimeSpan DrainSilence = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long the disposal of the channels, and the end of the loops that read them, is waited for.</summary>
    internal static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(20);

    private readonly IKernelChannels _channels;
    private readonly MessageSigner _signer;
    private readonly WireCodec _codec;
    private readonly Action<KernelChannel, JupyterMessage> _dispatch;
    private readonly Action<Exception> _failed;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly ChannelDrain _iopubDrain;
    private readonly ChannelDrain _shellDrain;
    private readonly ConnectedChannels _connected = new();
    private readonly RateLimitedLog<(KernelChannel Channel, MessageDropReason Reason)> _drops;
    private Task[] _loops = [];
    private int _iopubConnections;
    private int _disposed;

    /// <summary>Creates the connection, which owns the channels and the signer.</summary>
    public KernelConnection(
        IKernelChannels channels,
        MessageSigner signer,
        Action<KernelChannel, JupyterMessage> dispatch,
        Action<Exception> failed,
        ILogger logger,
        TimeProvider time)
    {
        _channels = channels;
        _signer = signer;
        _codec = new WireCodec(_signer);
        _dispatch = dispatch;
        _failed = failed;
        _logger = logger;
        _time = time;
        _drops = new((drop, _, count) => LogDropped(drop.Channel, drop.Reason, count), time);
        _iopubDrain = new ChannelDrain(_closing.Token);
        _shellDrain = new ChannelDrain(_closing.Token);
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

    /// <summary>Connects all channels and starts to read. Returns at once; the channels connect in the background.</summary>
    public void Open()
    {
        _channels.Changed += OnChanged;
        using (ExecutionContext.SuppressFlow())
        {
            _loops =
            [
                Task.Run(() => ReceiveAsync(KernelChannel.Shell, _shellDrain)),
                Task.Run(() => ReceiveAsync(KernelChannel.Control)),
                Task.Run(() => ReceiveAsync(KernelChannel.Stdin)),
                Task.Run(() => ReceiveAsync(KernelChannel.IOPub, _iopubDrain)),
            ];
        }

        // The others follow when the kernel has bound this one, so that only one socket retries.
        _channels.Connect(KernelChannel.IOPub);
    }

    public ValueTask SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken cancellationToken) =>
        channel is KernelChannel.Shell or KernelChannel.Control or KernelChannel.Stdin
            ? _channels.SendAsync(channel, _codec.Encode(message), cancellationToken)
            : throw new ArgumentOutOfRangeException(nameof(channel), channel, "Messages are sent on shell, control and stdin.");

    /// <inheritdoc cref="IKernelChannels.PingAsync"/>
    public Task<bool> PingAsync(CancellationToken cancellationToken) => _channels.PingAsync(cancellationToken);

    /// <summary>Waits until everything that an ended kernel had sent has been dispatched.</summary>
    public Task DrainAsync(TimeProvider time) => Task.WhenAll(
        _iopubDrain.WaitAsync(DrainSilence, DrainLimit, time), _shellDrain.WaitAsync(DrainSilence, DrainLimit, time));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        await Guarded.InvokeAsync(
            _logger, "Closing the channels of a kernel", DisposalLimit, _time, () => _channels.DisposeAsync().AsTask()).ConfigureAwait(false);
        _channels.Changed -= OnChanged;
        var haveEnded = await Guarded.InvokeAsync(
            _logger, "Reading the channels of a kernel", DisposalLimit, _time, () => Task.WhenAll(_loops)).ConfigureAwait(false);
        _drops.Close();

        // A transport of the host that does not end a receive may still use what follows.
        if (!haveEnded) return;
        _iopubDrain.Dispose();
        _shellDrain.Dispose();
        _signer.Dispose();
        _closing.Dispose();
    }

    private void OnChanged(ChannelEvent change)
    {
        switch (change.Change)
        {
            case ChannelChange.Connected:
                OnConnected(change.Channel);
                break;
            case ChannelChange.Lost:
                _connected.OnLost(change.Channel);
                if (change.Channel == KernelChannel.IOPub) _iopubDrain.OnLost();
                if (change.Channel == KernelChannel.Shell) _shellDrain.OnLost();
                break;
            case ChannelChange.MessageRefused:
                OnMessageRefused(change.Channel, change.Problem ?? "It exceeds a limit.");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change.Change, message: null);
        }
    }

    private void OnConnected(KernelChannel channel)
    {
        var isFirst = channel == KernelChannel.IOPub && Interlocked.Increment(ref _iopubConnections) == 1;
        if (isFirst)
        {
            _channels.Connect(KernelChannel.Shell);
            _channels.Connect(KernelChannel.Control);
            _channels.Connect(KernelChannel.Stdin);
        }

        _connected.OnConnected(channel);
        if (isFirst || channel != KernelChannel.IOPub) return;

        // A publisher drops what it publishes while nobody is subscribed. Not every transport can say why a connection has ended: a message that
        // is too large for NetMQ ends it, too.
        LogSubscribedAgain();
        OutputLost?.Invoke("Output may be lost: the connection over which the kernel publishes it has ended, and another one was made.");
    }

    private void OnMessageRefused(KernelChannel channel, string problem)
    {
        if (channel != KernelChannel.IOPub)
        {
            LogRefused(channel, problem);
            return;
        }

        LogOutputLost(problem);
        OutputLost?.Invoke($"Output was lost: the gateway could not take a message of the kernel. {problem}");
    }

    private async Task ReceiveAsync(KernelChannel channel, ChannelDrain? drain = null)
    {
        try
        {
            var stop = drain?.Lost ?? _closing.Token;
            while (true)
            {
                try
                {
                    using var message = await _channels.ReceiveAsync(channel, stop).ConfigureAwait(false);
                    await DispatchAsync(channel, message, drain).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (drain is not null && !_closing.IsCancellationRequested)
                {
                    // The connection is lost; the messages that it had delivered are in the queue. The connection to an attached
                    // kernel may be restored.
                    await DrainAsync(channel, drain).ConfigureAwait(false);
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

    private async ValueTask DispatchAsync(KernelChannel channel, ChannelMessage received, ChannelDrain? drain)
    {
        drain?.Begin();
        if (_codec.TryDecode(received.Frames, out var message, out _, out var reason)) _dispatch(channel, message);
        else NoteDrop(channel, reason);
        if (channel == KernelChannel.IOPub && Pace is { } pace) await pace(_closing.Token).ConfigureAwait(false);
        drain?.End();
    }

    private void NoteDrop(KernelChannel channel, MessageDropReason reason)
    {
        Dropped?.Invoke(reason);
        _drops.Add((channel, reason));
    }

    private async Task DrainAsync(KernelChannel channel, ChannelDrain drain)
    {
        while (_channels.TryReceive(channel, out var waiting))
        {
            using (waiting) await DispatchAsync(channel, waiting, drain).ConfigureAwait(false);
        }

        drain.Complete();
    }
}
