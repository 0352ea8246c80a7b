using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.Zmtp.Queues;

/// <summary>Passes received messages to the application: one message of each peer that has any, in turn.</summary>
internal sealed class FairQueue(string ownerName)
{
    private readonly Lock _gate = new();
    private readonly Queue<Inbox> _ready = new();
    private readonly LinkedList<ReceiveWaiter> _waiters = new();
    private ReceiveWaiter? _spare;
    private bool _isClosed;

    /// <summary>
    /// Adds a message of a peer. False when the peer's inbox is full now: its owner then waits for room before it continues to
    /// read.
    /// </summary>
    public bool Deliver(Inbox inbox, ZmtpMessage message)
    {
        ReceiveWaiter? waiter = null;
        lock (_gate)
        {
            if (!_isClosed)
            {
                if (_waiters.First is not { } first)
                {
                    inbox.Enqueue(message);
                    if (inbox.Count == 1) _ready.Enqueue(inbox);
                    if (!inbox.IsFull) return true;
                    inbox.AwaitRoom();
                    return false;
                }

                _waiters.RemoveFirst();
                waiter = first.Value;
            }
        }

        if (waiter is null) message.Dispose();
        else waiter.SetResult(message);
        return true;
    }

    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ZmtpMessage>(cancellationToken);
        ReceiveWaiter waiter;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, ownerName);
            if (TakeLocked(out var message, out var released))
            {
                released?.Release();
                return new ValueTask<ZmtpMessage>(message);
            }

            waiter = _spare ?? new ReceiveWaiter(this);
            _spare = null;
            _waiters.AddLast(waiter.Node);
        }

        // Read before registering: from then on the waiter may be completed, but is not reused before its result is read.
        var task = waiter.Task;
        waiter.Register(cancellationToken);
        return task;
    }

    /// <summary>Takes a message that has been received already.</summary>
    public bool TryReceive([NotNullWhen(true)] out ZmtpMessage? message)
    {
        Inbox? released;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, ownerName);
            if (!TakeLocked(out var taken, out released))
            {
                message = null;
                return false;
            }

            message = taken;
        }

        released?.Release();
        return true;
    }

    /// <summary>Ends every pending receive and drops the remaining messages.</summary>
    public void Close()
    {
        List<ReceiveWaiter> waiters;
        List<Inbox> inboxes;
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            waiters = [.. _waiters];
            _waiters.Clear();
            inboxes = [.. _ready];
            _ready.Clear();
            foreach (var inbox in inboxes)
            {
                while (inbox.Count > 0)
                    inbox.Dequeue().Dispose();
            }
        }

        foreach (var inbox in inboxes)
            inbox.Release();
        foreach (var waiter in waiters)
            waiter.SetException(new ObjectDisposedException(ownerName));
    }

    // A waiter that has a message keeps it: cancellation never loses one.
    internal void Cancel(ReceiveWaiter waiter)
    {
        lock (_gate)
        {
            if (waiter.Node.List is null) return;
            _waiters.Remove(waiter.Node);
        }

        waiter.SetException(new OperationCanceledException(waiter.CancellationToken));
    }

    internal void Recycle(ReceiveWaiter waiter)
    {
        lock (_gate)
            _spare = waiter;
    }

    private bool TakeLocked(out ZmtpMessage message, out Inbox? released)
    {
        released = null;
        if (!_ready.TryDequeue(out var inbox))
        {
            message = null!;
            return false;
        }

        message = inbox.Dequeue();
        if (inbox.Count > 0) _ready.Enqueue(inbox);
        if (inbox.TakeRoomNotice()) released = inbox;
        return true;
    }
}
