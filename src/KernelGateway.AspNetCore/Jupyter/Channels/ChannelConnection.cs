using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.Logging;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>One WebSocket between a client and a kernel's channels: one loop reads it, one writes it; <see cref="RequestFeed"/> feeds the kernel.</summary>
/// <remarks>
/// A ping that carries the position of the last message follows every few messages. Every client returns its payload after it has
/// read the messages before it. So the gateway knows which messages have arrived, and sends the rest after a reconnect.
/// </remarks>
#pragma warning disable CA1001 // A CancellationTokenSource without a timer needs no disposal, and is read after the connection has ended.
internal sealed partial class ChannelConnection(
    long number, Func<Action<long?>, Task<IChannelSocket>> acceptAsync, KernelWebSocketCodec codec, KernelChannels kernel, ILogger logger)
#pragma warning restore CA1001
{
    // The size of one write; a larger message is written alone.
    private const long BatchBytes = 64 << 10;

    // How long the first pong of a client may take. After that it is treated as a client that answers no pings.
    private static readonly TimeSpan FirstAnswerGrace = TimeSpan.FromSeconds(1);

    // How long the former connection of the session may take to read the acknowledgements that have arrived.
    private static readonly TimeSpan ReplacementGrace = TimeSpan.FromSeconds(3);

    private readonly Func<Action<long?>, Task<IChannelSocket>> _acceptAsync = acceptAsync;
    private readonly KernelWebSocketCodec _codec = codec;
    private readonly KernelChannels _kernel = kernel;
    private readonly ILogger _logger = logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();

    private readonly WakeSignal _wake = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChannelSession _session = null!;   // set by RunAsync before the handshake is answered
    private IChannelSocket _socket = null!;    // set by RunAsync, under the gate, when it has been answered
    private PositionPings _pings = null!;      // likewise, without the gate
    private volatile bool _isFlushing;
    private ChannelCloseReason? _closeReason;
    private ITimer? _abort;
    private ITimer? _firstAnswer;   // made by the writing loop

    private TimeProvider Time => _kernel.Resources.Time;

    private ChannelFaultLog Faults => _kernel.Resources.Faults;

    // Clients choose their session ids, so they are escaped for the log.
    private string SessionName => OutsideText.Escape(_session.Id);

    /// <summary>
    /// Gets the number of the connection in the order of the requests. The later one of two connections of a session replaces the
    /// other.
    /// </summary>
    public long Number { get; } = number;

    /// <summary>Gets a value indicating whether the connection is closing. Then it sends no more messages.</summary>
    public bool IsClosing => Volatile.Read(ref _closeReason) is not null;

    /// <summary>Gets a value indicating whether the client answers pings, so that received messages are acknowledged.</summary>
    public bool AnswersPings => _pings is { HasAnswered: true };

    /// <summary>Gets or sets what is called with each message that the client sends to the kernel; null for nothing. Set before <see cref="RunAsync"/>.</summary>
    public Action<JupyterMessage>? Accepted { get; set; }

    /// <summary>Answers the handshake and serves the client until either side ends it.</summary>
    /// <remarks>
    /// The client is attached first: when it knows that it is connected, it gets everything that the kernel publishes from then on.
    /// </remarks>
    /// <param name="sessionId">The session that the client names, or null.</param>
    /// <param name="lastMessageId">The id of the last message that it received before it reconnected, or null.</param>
    /// <param name="counted">Counts the client as connected; disposed when it disconnects.</param>
    /// <param name="stopping">Cancelled when the server begins to stop.</param>
    public async Task RunAsync(string? sessionId, string? lastMessageId, IDisposable counted, CancellationToken stopping)
    {
        if (sessionId is not null && _kernel.FindConnection(sessionId) is { } former && former.Number < Number) await former.ReplaceAsync();
        (_session, var replaced) = _kernel.Attach(sessionId, this, lastMessageId);
        replaced?.CloseSoon(ChannelCloseReason.Replaced);
        await using var socket = await AcceptAsync();
        _pings = new PositionPings(_session.IsResumable && _socket.ReportsPongs, Time);
        await using var stop = stopping.UnsafeRegister(static state => ((ChannelConnection)state!).CloseSoon(ChannelCloseReason.Stopping), this);
        var pingInterval = _kernel.Resources.Options.PingInterval;
        var interval = Time.CreateTimer(static state => ((ChannelConnection)state!).OnInterval(), this, pingInterval, pingInterval);
        LogConnected(_kernel.Kernel.Id, SessionName, _codec.SubProtocol ?? "legacy");
        Wake();
        var writing = WriteAsync();
        var feed = new RequestFeed(
            _kernel.Kernel.SendAsync,
            _kernel.Resources.Memory,
            () => _session.Generation,
            (accepted, exception) => _session.FailPending("KernelDied", exception.Message, showsError: true, accepted),
            OnFeedFailed,
            stopping);
        await ReadAsync(feed);
        if (_socket.Error is { } violation) Faults.Violated(violation, _session.Id);

        await interval.DisposeAsync();
        counted.Dispose();
        _kernel.OnDetached(_session, _session.Detach(this));
        _over.TrySetResult();

        // The close frame follows the current write, which the cancellation aborts.
        if (_socket.Error is { } error) await _socket.CloseOutputAsync(error.Status, error.Message, CancellationToken.None);
        await _ending.CancelAsync();
        await writing;
        await feed.CompleteAsync();
        if (_abort is not null) await _abort.DisposeAsync();
        if (_firstAnswer is not null) await _firstAnswer.DisposeAsync();
        LogDisconnected(_kernel.Kernel.Id, SessionName, _closeReason?.Text ?? "by the client");
    }

    /// <summary>Handles a pong; the position is null when it answers no ping of this server.</summary>
    private void OnPong(long? position)
    {
        if (!_pings.TryAnswer(position, out var makesRoom)) return;
        _session.Acknowledge(position.Value);
        if (makesRoom) Wake();
    }

    /// <summary>Creates the writing loop look for messages to send.</summary>
    public void Wake() => _wake.Set();

    private async Task ReadAsync(RequestFeed feed)
    {
        while (await _socket.ReceiveAsync(CancellationToken.None) is { } received)
        {
            _pings.OnHeard();
            if (_codec.TryDecode(received.Payload, received.IsText, out var channel, out var message, out var reason)) Pass(channel, message, feed);
            else Faults.Dropped(reason, _session.Id);
        }
    }

    // The client is always read, even while the kernel accepts nothing: an interrupt or a pong may follow the waiting messages.
    private void Pass(KernelChannel channel, JupyterMessage borrowed, RequestFeed feed)
    {
        var isTracked = PendingRequests.IsTracked(borrowed);
        var accepted = _session.Generation;
        var refusal = isTracked ? _session.OnSending(channel, borrowed, out accepted) : null;
        var wasNoted = isTracked && refusal is null;
        refusal ??= feed.Post(channel, borrowed.Detach(), isCounted: isTracked, accepted);
        if (refusal is null)
        {
            Accepted?.Invoke(borrowed);
            return;
        }

        Faults.Refused(refusal, _session.Id);
        _session.Refuse(channel, borrowed, refusal, wasNoted);
    }

    private void OnFeedFailed(int accepted, Exception exception)
    {
        LogFeedFailed(exception, SessionName);
        _socket.Abort();
        _session.FailPending("RequestFailed", "The gateway failed to send a request to the kernel.", showsError: true, accepted);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                await _wake.WaitAsync(_ending.Token);
                if (!await WriteMessagesAsync()) return;
                if (_closeReason is { } reason)
                {
                    // Acknowledgements and requests that arrive before the client's close frame are still processed.
                    await _socket.CloseOutputAsync(reason.Status, reason.Text, _ending.Token);
                    return;
                }

                if (WritePing(followingBytes: 0) && !await FlushAsync()) return;
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is lost, or was closed.
        }
        catch (Exception exception)
        {
            // Without the abort the client would wait for ever.
            LogFailed(exception, SessionName);
            _socket.Abort();
        }
    }

    // Returns false when nothing can be written any more.
    private async Task<bool> WriteMessagesAsync()
    {
        var batch = new List<QueuedMessage>();
        while (_closeReason is null or { SendsRest: true })
        {
            batch.Clear();
            if (GetRoom() is > 0 and var room) _session.TakeUnsent(this, batch, Math.Min(room, BatchBytes));
            if (batch.Count == 0) return true;
            var followingBytes = batch.Sum(queued => queued.Size);
            foreach (var queued in batch)
            {
                var message = Readable(queued);
                _codec.Encode(queued.Channel, message, _socket.BeginMessage(_codec.IsText(message), _codec.GetLength(queued.Channel, message)));
                _pings.OnWritten(queued);
                followingBytes -= queued.Size;
                WritePing(followingBytes);
            }

            if (!await FlushAsync()) return false;
            if (!_session.IsResumable) _session.Acknowledge(batch[^1].Position);
        }

        return true;
    }

    private async ValueTask<bool> FlushAsync()
    {
        _isFlushing = true;
        var isOpen = await _socket.FlushAsync(_ending.Token);
        _isFlushing = false;
        return isOpen;
    }

    private JupyterMessage Readable(QueuedMessage queued)
    {
        var message = queued.Message;
        if (_codec.IsReadable(message)) return message;
        Faults.Unreadable(queued.Channel, _session.Id);
        var substitute = ServerMessages.Unreadable(message, queued.Channel, _kernel.KernelSession, Time);
        _session.AddSentId(substitute.MessageId, queued.Position);
        return substitute;
    }

    private long GetRoom()
    {
        // A client that is about to be disconnected gets the rest without a window.
        if (IsClosing) return long.MaxValue;
        var room = _pings.GetRoom();
        if (room == 0 && _firstAnswer is null && _pings.IsUnanswered)
        {
            _firstAnswer = Time.CreateTimer(
                static state => ((ChannelConnection)state!).OnNoAnswer(), this, FirstAnswerGrace, Timeout.InfiniteTimeSpan);
        }

        return room;
    }

    private void OnNoAnswer()
    {
        _pings.OnNoAnswer();
        Wake();
    }

    // Returns true when a ping was due.
    private bool WritePing(long followingBytes)
    {
        if (!_pings.TryMake(followingBytes, out var position)) return false;
        _socket.WritePing(position);
        return true;
    }

    private void OnInterval()
    {
        if (_pings.OnInterval(_isFlushing, _socket.WrittenBytes))
        {
            Wake();
            return;
        }

        LogGone(SessionName);
        _socket.Abort();
    }
}
