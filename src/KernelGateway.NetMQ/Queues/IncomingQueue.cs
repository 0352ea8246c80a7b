using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using KernelGateway.Transports;

namespace KernelGateway.NetMQ.Queues;

/// <summary>The received messages of one channel that wait for the gateway.</summary>
/// <remarks>The socket thread adds messages and stops reading the socket while there is no room. The gateway's receive loop takes them.</remarks>
internal sealed class IncomingQueue(KernelChannelsOptions options, Action roomAgain)
{
    // As for the gateway's own transport: smaller messages are counted in the budget only when more of them wait than this.
    private const long LargeMessageBytes = 80 << 10;
    private const long UncountedBytes = 1 << 20;

    private readonly Channel<MessageFrames> _messages = Channel.CreateUnbounded<MessageFrames>(new UnboundedChannelOptions { SingleWriter = true });
    private long _count;
    private long _bytes;
    private long _uncounted;
    private int _isWriterWaiting;
    private volatile bool _isClosed;

    /// <summary>Returns whether another message may be added, and otherwise that <c>roomAgain</c> is called when there is.</summary>
    /// <remarks>Called by the socket thread.</remarks>
    public bool HasRoom()
    {
        if (!IsFull()) return true;
        Interlocked.Exchange(ref _isWriterWaiting, 1);

        // Everything may have been taken in between, by a reader that did not see that it is waited for.
        return !IsFull() && Interlocked.Exchange(ref _isWriterWaiting, 0) == 1;
    }

    /// <summary>Reserves memory for a message if it needs a reservation.</summary>
    /// <returns>False when there is none. A small message then waits for <c>roomAgain</c>; a large one is dropped by the caller.</returns>
    public bool TryReserve(MessageFrames message, out bool isLarge)
    {
        isLarge = message.Bytes > LargeMessageBytes;
        if (!isLarge && HasUncountedRoom(message.Bytes)) return true;
        if (message.TryReserve(options.Budget)) return true;
        if (isLarge) return false;

        // Those before it are taken sooner or later, and then it needs no reservation.
        Interlocked.Exchange(ref _isWriterWaiting, 1);
        return HasUncountedRoom(message.Bytes) && Interlocked.Exchange(ref _isWriterWaiting, 0) == 1;
    }

    /// <summary>Adds a message, which the queue then owns.</summary>
    public void Add(MessageFrames message)
    {
        Count(message, 1);
        if (!_messages.Writer.TryWrite(message)) Drop(message);
        else if (_isClosed) Discard();
    }

    public async ValueTask<MessageFrames> ReceiveAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        try
        {
            return Take(await _messages.Reader.ReadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ChannelClosedException exception)
        {
            ThrowIfClosed();
            throw new IOException($"NetMQ's sockets have failed: {exception.InnerException?.Message}", exception.InnerException);
        }
    }

    public bool TryReceive([NotNullWhen(true)] out MessageFrames? message)
    {
        ThrowIfClosed();
        if (!_messages.Reader.TryRead(out message)) return false;
        Take(message);
        return true;
    }

    /// <summary>Makes receives fail once the messages that wait were taken.</summary>
    public void Fail(Exception exception) => _messages.Writer.TryComplete(exception);

    /// <summary>Ends pending receives and drops what waits.</summary>
    public void Close()
    {
        _isClosed = true;
        _messages.Writer.TryComplete();
        Discard();
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, typeof(IKernelChannels));

    private void Discard()
    {
        while (_messages.Reader.TryRead(out var message)) Drop(message);
    }

    private void Drop(MessageFrames message)
    {
        Count(message, -1);
        message.Dispose();
    }

    private MessageFrames Take(MessageFrames message)
    {
        Count(message, -1);
        if (Volatile.Read(ref _isWriterWaiting) == 1 && IsHalfEmpty() && Interlocked.Exchange(ref _isWriterWaiting, 0) == 1) roomAgain();
        return message;
    }

    private void Count(MessageFrames message, int sign)
    {
        Interlocked.Add(ref _count, sign);
        Interlocked.Add(ref _bytes, sign * message.Bytes);
        if (!message.IsReserved) Interlocked.Add(ref _uncounted, sign * message.Bytes);
    }

    private bool HasUncountedRoom(long bytes) =>
        options.Budget is null || Volatile.Read(ref _uncounted) is var uncounted && (uncounted == 0 || uncounted + bytes <= UncountedBytes);

    private bool IsFull() => Volatile.Read(ref _count) >= options.MaxQueuedMessages || Volatile.Read(ref _bytes) >= KernelChannelsOptions.MaxQueuedBytes;

    private bool IsHalfEmpty() =>
        Volatile.Read(ref _count) is var count
        && (count == 0
            || (count <= options.MaxQueuedMessages / 2
                && Volatile.Read(ref _bytes) <= KernelChannelsOptions.MaxQueuedBytes / 2
                && Volatile.Read(ref _uncounted) <= UncountedBytes / 2));
}
