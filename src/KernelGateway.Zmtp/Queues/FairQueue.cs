using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.Zmtp.Queues;

/// <summary>Passes received messages to the application: one message of each peer that has any, in turn.</summary>
internal sealed class FairQueue(string ownerName, IZmtpMemoryBudget? budget = null)
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
        bool isClosed;
        lock (_gate)
        {
            isClosed = _isClosed;
            if (!isClosed && _waiters.First is { } first)
            {
                _waiters.RemoveFirst();
                waiter = first.Value;
            }
            else if (!isClosed)
            {
                inbox.Enqueue(message);
                if (inbox.Count == 1) _ready.Enqueue(inbox);
                if (inbox.IsFull)
                {
                    inbox.AwaitRoom();
                    return false;
                }

                if (budget is null || !inbox.NeedsReservation) return true;
            }
        }

        if (waiter is not null) waiter.SetResult(message);
        else if (isClosed) message.Dispose();
        else return TryReserve(inbox, budget!);
        return true;
    }

    public ValueTask<ZmtpMessage> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ZmtpMessage>(cancellationToken);
        ReceiveWaiter? waiter = null;
        ZmtpMessage? message;
        Inbox? released;
        long freed;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, ownerName);
            if (!TakeLocked(out message, out released, out freed))
            {
                waiter = _spare ?? new ReceiveWaiter(this);
                _spare = null;
                _waiters.AddLast(waiter.Node);
            }
        }

        if (waiter is null)
        {
            Release(released, freed);
            return new ValueTask<ZmtpMessage>(message!);
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
        long freed;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, ownerName);
            if (!TakeLocked(out message, out released, out freed)) return false;
        }

        Release(released, freed);
        return true;
    }

    /// <summary>Ends every pending receive and drops the remaining messages.</summary>
    public void Close()
    {
        List<ReceiveWaiter> waiters;
        List<Inbox> inboxes;
        var freed = 0L;
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
                freed += inbox.TakeReservation();
            }
        }

        Release(null, freed);
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

    // Outside the gate, because the budget is code of the application. Only the connection of the inbox calls this, so that it is asked once
    // at a time; the application may take messages meanwhile.
    private bool TryReserve(Inbox inbox, IZmtpMemoryBudget granting)
    {
        var isGranted = granting.TryReserve(Inbox.FullBytes);
        var isKept = false;
        var hasRoom = true;
        lock (_gate)
        {
            if (!_isClosed && inbox.NeedsReservation)
            {
                isKept = isGranted;
                hasRoom = isGranted;
                if (isGranted) inbox.AddReservation();
                else inbox.AwaitRoom(isRefused: true);
            }
        }

        if (isGranted && !isKept) granting.Release(Inbox.FullBytes);
        return hasRoom;
    }

    // Outside the gate.
    private void Release(Inbox? inbox, long freed)
    {
        if (freed > 0) budget!.Release(freed);
        inbox?.Release();
    }

    private bool TakeLocked([NotNullWhen(true)] out ZmtpMessage? message, out Inbox? released, out long freed)
    {
        released = null;
        freed = 0;
        if (!_ready.TryDequeue(out var inbox))
        {
            message = null;
            return false;
        }

        message = inbox.Dequeue();
        if (inbox.Count > 0) _ready.Enqueue(inbox);
        if (inbox.TakeRoomNotice()) released = inbox;
        freed = inbox.TakeReservation();
        return true;
    }
}
