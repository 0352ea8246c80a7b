using System.Runtime.InteropServices;
using System.Threading.Channels;
using KernelGateway.NetMQ.Queues;
using KernelGateway.Protocol;
using KernelGateway.Transports;
using NetMQ;

namespace KernelGateway.NetMQ.Sockets;

/// <summary>One channel: a socket on the socket thread, and the queues between that thread and the gateway.</summary>
internal sealed class NetMQChannel : ISocketOwner, IDisposable
{
    /// <summary>The message of exceptions about channels that were disposed.</summary>
    public const string Disposed = "The channels of the kernel were disposed.";

    // Beside the messages in the queues of this class, which are counted; these are not.
    private const int MessagesInNetMQ = 16;

    // One channel that receives or sends without end does not keep the thread from the others.
    private const int MessagesAtOnce = 100;

    private readonly KernelChannel _name;
    private readonly KernelChannelsOptions _options;
    private readonly SocketThread _thread;
    private readonly Action<ChannelEvent> _changed;
    private readonly IncomingQueue _incoming;
    private readonly Channel<IReadOnlyList<ReadOnlyMemory<byte>>> _outgoing;
    private readonly Action _receive;
    private readonly Action _send;
    private int _isSendingPosted;

    // Used on the socket thread only, as all below.
    private readonly Queue<ChannelChange> _changes = new();
    private readonly List<Msg> _parts = [];
    private MonitoredSocket? _socket;
    private MessageFrames? _withoutMemory;
    private IReadOnlyList<ReadOnlyMemory<byte>>? _sending;
    private int _sentFrames;
    private bool _isClosed;

    public NetMQChannel(KernelChannel name, KernelChannelsOptions options, SocketThread thread, Action<ChannelEvent> changed)
    {
        _name = name;
        _options = options;
        _thread = thread;
        _changed = changed;
        _receive = Guard(Receive);
        _send = Guard(Send);
        _incoming = new IncomingQueue(options, () => thread.Post(_receive));
        _outgoing = Channel.CreateBounded<IReadOnlyList<ReadOnlyMemory<byte>>>(new BoundedChannelOptions(options.MaxQueuedMessages) { SingleReader = true });
    }

    /// <summary>Sets what every socket of the gateway has in common.</summary>
    public static T Configure<T>(T socket, KernelChannelsOptions options, bool isIPv6)
        where T : NetMQSocket
    {
        // Messages that are unsent when the socket is closed were meant for a process that has ended.
        socket.Options.Linger = TimeSpan.Zero;
        socket.Options.IPv4Only = !isIPv6;
        socket.Options.SendHighWatermark = MessagesInNetMQ;
        socket.Options.ReceiveHighWatermark = MessagesInNetMQ;
        socket.Options.MaxMsgSize = options.MaxFrameBytes;
        socket.Options.ReconnectInterval = options.MaxRetryInterval / 5;
        socket.Options.ReconnectIntervalMax = options.MaxRetryInterval;
        return socket;
    }

    /// <summary>Creates the socket and connects it. Called on the socket thread.</summary>
    public void Connect(Func<NetMQSocket> create, string endpoint)
    {
        if (_isClosed) return;
        Guard(() =>
        {
            _thread.Add(this);
            var socket = create();
            _socket = new MonitoredSocket(_thread, socket, _receive, _send)
            {
                Connected = () => OnChanged(ChannelChange.Connected),
                Disconnected = () => OnChanged(ChannelChange.Lost),
                ReceivesWhenReady = true,
            };
            socket.Connect(endpoint);
            Send();
        })();
    }

    public async ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        if (frames.Count == 0) throw new ArgumentException("A message has at least one frame.", nameof(frames));
        try
        {
            await _outgoing.Writer.WriteAsync(frames, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw new ObjectDisposedException(Disposed, exception);
        }

        if (Interlocked.Exchange(ref _isSendingPosted, 1) == 0) _thread.Post(_send);
    }

    public async ValueTask<ChannelMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        var frames = await _incoming.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return new ChannelMessage(frames, frames);
    }

    public bool TryReceive(out ChannelMessage message)
    {
        var isReceived = _incoming.TryReceive(out var frames);
        message = isReceived ? new ChannelMessage(frames!, frames) : default;
        return isReceived;
    }

    public void OnFailed(Exception exception) => _incoming.Fail(exception);

    /// <summary>Ends what waits. May be called by any thread, before <see cref="Dispose"/>.</summary>
    public void Close()
    {
        _outgoing.Writer.TryComplete();
        _incoming.Close();
    }

    /// <summary>Closes the socket. Called on the socket thread, or after its end.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _thread.Remove(this);
        _withoutMemory?.Dispose();
        _withoutMemory = null;
        _socket?.Dispose();
        _socket = null;
    }

    private void OnChanged(ChannelChange change)
    {
        // What a lost connection had delivered comes before its loss. While there is no room for that, the loss waits too.
        _changes.Enqueue(change);
        _receive();
    }

    private void Receive()
    {
        if (_socket is null) return;
        for (var received = 0; received < MessagesAtOnce; received++)
        {
            if (!TryMakeRoom())
            {
                // The queue posts this again.
                _socket.ReceivesWhenReady = false;
                return;
            }

            if (!TryTakeFrames(out var message))
            {
                _socket.ReceivesWhenReady = true;
                ReportChanges();
                return;
            }

            if (message is not null) Accept(message);
        }

        // It is the turn of the others. If no message is left, the poller would not call again.
        _socket.ReceivesWhenReady = true;
        if (_changes.Count > 0) _thread.Post(_receive);
    }

    // For the message that had to wait for memory, and for the next one.
    private bool TryMakeRoom()
    {
        if (_withoutMemory is { } waiting)
        {
            if (!_incoming.TryReserve(waiting, out _)) return false;
            _withoutMemory = null;
            _incoming.Add(waiting);
        }

        return _incoming.HasRoom();
    }

    private void Accept(MessageFrames message)
    {
        if (_incoming.TryReserve(message, out var isLarge))
        {
            _incoming.Add(message);
        }
        else if (isLarge)
        {
            message.Dispose();
            Refuse($"Message of {message.Bytes} bytes; there is no memory left for it.");
        }
        else
        {
            _withoutMemory = message;
        }
    }

    // False when nothing was received. The message is null when it was refused.
    private bool TryTakeFrames(out MessageFrames? message)
    {
        message = null;
        var socket = _socket!.Socket;
        var bytes = 0L;
        var frames = 0;
        bool hasMore;
        do
        {
            var part = default(Msg);
            part.InitEmpty();

            if (!socket.TryReceive(ref part, TimeSpan.Zero))
            {
                part.Close();
                return frames == 0 ? false : throw new InvalidOperationException("NetMQ has delivered a part of a message.");
            }

            hasMore = part.HasMore;
            bytes += part.Size;
            if (++frames <= _options.MaxFramesPerMessage && bytes <= _options.MaxMessageBytes) _parts.Add(part);
            else part.Close();
        }
        while (hasMore);

        message = new MessageFrames([.. _parts], bytes);
        _parts.Clear();
        if (frames <= _options.MaxFramesPerMessage && bytes <= _options.MaxMessageBytes) return true;
        message.Dispose();
        message = null;
        Refuse(frames > _options.MaxFramesPerMessage
            ? $"Message of more than {_options.MaxFramesPerMessage} frames."
            : $"Message of {bytes} bytes; the limit is {_options.MaxMessageBytes} bytes.");
        return true;
    }

    private void Refuse(string problem) => _changed(new ChannelEvent(_name, ChannelChange.MessageRefused, problem));

    private void ReportChanges()
    {
        while (_changes.TryDequeue(out var change)) _changed(new ChannelEvent(_name, change));
    }

    private void Send()
    {
        // Before the queue is read: a message that is added afterwards posts this again.
        Interlocked.Exchange(ref _isSendingPosted, 0);
        if (_socket is null) return;
        for (var sent = 0; _sending is not null || _outgoing.Reader.TryRead(out _sending); sent++)
        {
            // When it is the turn of the others, there is most likely room for the next one.
            if (sent == MessagesAtOnce || !TrySend(_socket.Socket, _sending))
            {
                _socket.SendsWhenReady = true;
                return;
            }

            _sending = null;
        }

        _socket.SendsWhenReady = false;
    }

    // False when NetMQ's queue is full, which it is only before the first frame.
    private bool TrySend(NetMQSocket socket, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        for (; _sentFrames < frames.Count; _sentFrames++)
        {
            var part = ToMsg(frames[_sentFrames]);
            if (!socket.TrySend(ref part, TimeSpan.Zero, more: _sentFrames < frames.Count - 1))
            {
                part.Close();
                return false;
            }
        }

        _sentFrames = 0;
        return true;
    }

    private static Msg ToMsg(ReadOnlyMemory<byte> frame)
    {
        var part = default(Msg);
        if (frame.IsEmpty) part.InitEmpty();
        else if (MemoryMarshal.TryGetArray(frame, out var array)) part.InitGC(array.Array!, array.Offset, array.Count);
        else part.InitGC(frame.ToArray(), frame.Length);
        return part;
    }

    // An exception on the socket thread would end the channels of all kernels; this one ends its own.
    private Action Guard(Action action) => () =>
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }
    };
}
