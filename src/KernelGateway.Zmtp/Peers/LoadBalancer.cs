using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Peers;

/// <summary>
/// Sends each message to one peer, in turn among those with room. If none has room, the sender waits (DEALER, REQ).
/// </summary>
internal sealed class LoadBalancer(string ownerName, Action<Peer>? onChosen = null)
{
    private readonly Lock _gate = new();

    // Waiting senders, in order of arrival. Guarded by _gate.
    private readonly LinkedList<PendingSend> _pending = new();
    private volatile Peer[] _peers = [];
    private volatile int _pendingCount;
    private volatile bool _isClosed;
    private uint _turn;

    public void Add(Peer peer)
    {
        lock (_gate)
            _peers = [.. _peers, peer];
        SendPending();
    }

    public void Remove(Peer peer)
    {
        lock (_gate)
            _peers = [.. _peers.Where(other => other != peer)];
    }

    public ValueTask SendAsync(in OutgoingMessage message, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, ownerName);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (_pendingCount == 0 && TryEnqueue(message, inline: true)) return ValueTask.CompletedTask;
        return new ValueTask(WaitAsync(new PendingSend(message), cancellationToken));
    }

    /// <summary>Sends waiting messages while there is room: called when a peer was added or an outbox has room again.</summary>
    public void SendPending()
    {
        if (_pendingCount == 0) return;
        lock (_gate)
        {
            while (_pending.First is { } first && TryEnqueue(first.Value.Message, inline: false))
            {
                RemoveLocked(first);
                first.Value.Completion.TrySetResult();
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_pending.First is { } first)
            {
                RemoveLocked(first);
                first.Value.Completion.TrySetException(new ObjectDisposedException(ownerName));
            }
        }
    }

    private bool TryEnqueue(in OutgoingMessage message, bool inline)
    {
        var peers = _peers;
        var start = peers.Length > 1 ? Interlocked.Increment(ref _turn) : 0;
        for (var i = 0; i < peers.Length; i++)
        {
            var peer = peers[(start + i) % peers.Length];
            onChosen?.Invoke(peer);
            if (peer.Outbox.TryEnqueue(message, inline)) return true;
        }

        return false;
    }

    private async Task WaitAsync(PendingSend send, CancellationToken cancellationToken)
    {
        var node = new LinkedListNode<PendingSend>(send);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, ownerName);
            _pending.AddLast(node);
            _pendingCount++;
        }

        // An outbox may have got room between the first attempt and the wait.
        SendPending();
        await using var registration = cancellationToken.UnsafeRegister(_ => Cancel(node, cancellationToken), null).ConfigureAwait(false);
        await send.Completion.Task.ConfigureAwait(false);
    }

    // A message that an outbox has accepted is sent; cancelling has no effect then.
    private void Cancel(LinkedListNode<PendingSend> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null) return;
            RemoveLocked(node);
        }

        node.Value.Completion.TrySetCanceled(cancellationToken);
    }

    private void RemoveLocked(LinkedListNode<PendingSend> node)
    {
        _pending.Remove(node);
        _pendingCount--;
    }
}
