using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.Logging;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>One WebSocket between a client and a kernel's channels: one loop reads it, one writes it; <see cref="RequestFeed"/> feeds the kernel.</summary>
/// <remarks>
/// Behind every few messages goes a ping that carries the position of the last one. Every client answers a ping with the same bytes, once it has
/// read what was before: so the gateway knows what has arrived, and a client that comes back gets the rest.
/// </remarks>
#pragma warning disable CA1001 // A source of cancellation without a timer has nothing to dispose of, and others may ask it afterwards.
internal sealed partial class ChannelConnection
#pragma warning restore CA1001
{
    // As much as one write carries; a larger message goes alone.
    private const long BatchBytes = 64 << 10;

    // How long a client's first answer to a ping is waited for before it is taken for one that gives none.
    private static readonly TimeSpan FirstAnswerGrace = TimeSpan.FromSeconds(1);

    // How long the connection before this one has to tell what it still knows of what arrived.
    private static readonly TimeSpan ReplacementGrace = TimeSpan.FromSeconds(3);

    private readonly IChannelSocket _socket;
    private readonly KernelWebSocketCodec _codec;
    private readonly KernelChannels _kernel;
    private readonly ILogger _logger;
    private readonly ChannelFaultLog _faults;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();

    private readonly WakeSignal _wake = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChannelSession _session = null!;   // set by RunAsync before anything is read or written
    private PositionPings _pings = null!;      // likewise
    private ChannelCloseReason? _closeReason;
    private ITimer? _abort;
    private ITimer? _firstAnswer;   // made by the writing loop

    public ChannelConnection(
        long number, IChannelSocket socket, KernelWebSocketCodec codec, KernelChannels kernel, ILogger logger, ChannelFaultLog faults)
    {
        Number = number;
        _socket = socket;
        _codec = codec;
        _kernel = kernel;
        _logger = logger;
        _faults = faults;
    }

    private TimeProvider Time => _kernel.Resources.Time;

    // Clients choose the ids of their sessions.
    private string SessionName => OutsideText.Escape(_session.Id);

    /// <summary>Gets its place in the order in which connections were asked for: of two of one client the later one is the live one.</summary>
    public long Number { get; }

    /// <summary>Gets a value indicating whether it has been told to close; it sends no more messages then.</summary>
    public bool IsClosing => Volatile.Read(ref _closeReason) is not null;

    /// <summary>Gets a value indicating whether the client answers pings, so that what it has received is known.</summary>
    public bool AnswersPings => _pings is { HasAnswered: true };

    /// <summary>Serves the client until either side ends it.</summary>
    /// <param name="sessionId">The session the client names, or null.</param>
    /// <param name="lastMessageId">The id of the last message it got before it came back, or null.</param>
    /// <param name="counted">What counts the client as connected, disposed as soon as it is no more.</param>
    /// <param name="stopping">Fires when the server begins to stop.</param>
    public async Task RunAsync(string? sessionId, string? lastMessageId, IDisposable counted, CancellationToken stopping)
    {
        if (sessionId is not null && _kernel.FindConnection(sessionId) is { } former && former.Number < Number) await former.ReplaceAsync();
        (_session, var replaced) = _kernel.Attach(sessionId, this, lastMessageId);
        replaced?.CloseSoon(ChannelCloseReason.Replaced);
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
            exception => _session.FailPending("KernelDied", exception.Message, showsError: true),
            stopping);
        await ReadAsync(feed);
        if (_socket.Error is { } error) _faults.Violated(error, _session.Id);

        await interval.DisposeAsync();
        await _ending.CancelAsync();
        counted.Dispose();
        _kernel.OnDetached(_session, _session.Detach(this));
        _over.TrySetResult();
        await writing;
        await feed.CompleteAsync();
        if (_abort is not null) await _abort.DisposeAsync();
        if (_firstAnswer is not null) await _firstAnswer.DisposeAsync();
        LogDisconnected(_kernel.Kernel.Id, SessionName, _closeReason?.Text ?? "by the client");
    }

    /// <summary>Handles a pong; the position is null when it answers no ping of this server.</summary>
    public void OnPong(long? position)
    {
        if (!_pings.TryAnswer(position, out var makesRoom)) return;
        _session.Acknowledge(position.Value);
        if (makesRoom) Wake();
    }

    /// <summary>Makes it look for what there is to send.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Closes it, for the first reason that is given. Returns at once.</summary>
    public void CloseSoon(ChannelCloseReason reason)
    {
        lock (_gate)
        {
            if (_closeReason is not null || _ending.IsCancellationRequested) return;
            _closeReason = reason;
            _abort = Time.CreateTimer(static state => ((IChannelSocket)state!).Abort(), _socket, reason.Grace, Timeout.InfiniteTimeSpan);
        }

        // Behind the write that is under way, which a client that does not read may hold up; else when the rest has been sent.
        if (!reason.SendsRest) _ = _socket.CloseOutputAsync(reason.Status, reason.Text, _ending.Token);
        Wake();
    }

    /// <summary>Ends it in favour of a newer one of the same client.</summary>
    private async Task ReplaceAsync()
    {
        CloseSoon(ChannelCloseReason.Replaced);
        try
        {
            await _over.Task.WaitAsync(ReplacementGrace, Time);
        }
        catch (TimeoutException)
        {
            // Half open: the client has gone without a word. What arrived from it before is still read.
            _socket.Abort();
            await _over.Task.WaitAsync(ReplacementGrace, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(RequestFeed feed)
    {
        while (await _socket.ReceiveAsync(CancellationToken.None) is { } received)
        {
            _pings.OnHeard();
            if (_codec.TryDecode(received.Payload, received.IsText, out var channel, out var message, out var reason)) Pass(channel, message, feed);
            else _faults.Dropped(reason, _session.Id);
        }
    }

    // The client is always read, whatever the kernel takes: an interrupt may be behind what waits, and answers to pings are.
    private void Pass(KernelChannel channel, JupyterMessage borrowed, RequestFeed feed)
    {
        var isTracked = PendingRequests.IsTracked(borrowed);
        var refusal = isTracked ? _session.OnSending(channel, borrowed) : null;
        var wasNoted = isTracked && refusal is null;
        refusal ??= feed.Post(channel, borrowed.Detach(), isCounted: isTracked);
        if (refusal is null) return;
        _faults.Refused(refusal, _session.Id);
        _session.Refuse(channel, borrowed, refusal, wasNoted);
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

                if (WritePing(followingBytes: 0) && !await _socket.FlushAsync(_ending.Token)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or was told to.
        }
        catch (Exception exception)
        {
            // A client that waited for what is never written would wait for ever.
            LogFailed(exception, SessionName);
            _socket.Abort();
        }
    }

    // False when nothing can be written any more.
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

            if (!await _socket.FlushAsync(_ending.Token)) return false;
            if (!_session.IsResumable) _session.Acknowledge(batch[^1].Position);
        }

        return true;
    }

    private JupyterMessage Readable(QueuedMessage queued)
    {
        var message = queued.Message;
        if (_codec.IsReadable(message)) return message;
        _faults.Unreadable(queued.Channel, _session.Id);
        var substitute = ServerMessages.Unreadable(message, queued.Channel, _kernel.KernelSession, Time);
        _session.AddSentId(substitute.MessageId, queued.Position);
        return substitute;
    }

    private long GetRoom()
    {
        // Whoever is about to be disconnected gets the rest at once.
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

    // True when there was a reason for one.
    private bool WritePing(long followingBytes)
    {
        if (!_pings.TryMake(followingBytes, out var position)) return false;
        _socket.WritePing(position);
        return true;
    }

    private void OnInterval()
    {
        if (_pings.OnInterval())
        {
            Wake();
            return;
        }

        LogGone(SessionName);
        _socket.Abort();
    }
}
