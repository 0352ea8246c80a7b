using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Subscriptions;

namespace KernelGateway.Zmtp.Peers;

/// <summary>Sends each message once to every subscriber with a matching topic; subscribers without room do not get it.</summary>
internal sealed class Distributor
{
    private readonly Lock _gate = new();

    // The number of subscribers of each topic over all connections. Guarded by _gate.
    private readonly Dictionary<byte[], int> _subscribers = new(ByteArrayComparer.Instance);
    private volatile Peer[] _peers = [];
    private long _dropped;

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(Peer peer)
    {
        lock (_gate)
            _peers = [.. _peers, peer];
    }

    /// <summary>Forgets a subscriber; returns the topics that have lost their last subscriber.</summary>
    public List<byte[]> Remove(Peer peer)
    {
        lock (_gate)
        {
            _peers = [.. _peers.Where(other => other != peer)];
            return [.. peer.Topics.Clear().Where(topic => ReleaseLocked(topic))];
        }
    }

    public void Send(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var message = new OutgoingMessage(frames);
        var first = frames[0].Span;
        foreach (var peer in _peers)
            if (peer.Topics.Matches(first) && !peer.Outbox.TryEnqueue(message)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Notes a change; true when the topic has got its first subscriber, or lost its last.</summary>
    public bool Apply(Peer peer, bool subscribe, ReadOnlySpan<byte> topic)
    {
        lock (_gate)
        {
            if (!subscribe) return peer.Topics.Remove(topic) && ReleaseLocked(topic);
            if (!peer.Topics.Add(topic)) return false;
            var counts = _subscribers.GetAlternateLookup<ReadOnlySpan<byte>>();
            counts.TryGetValue(topic, out var count);
            counts[topic] = count + 1;
            return count == 0;
        }
    }

    private bool ReleaseLocked(ReadOnlySpan<byte> topic)
    {
        var counts = _subscribers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!counts.TryGetValue(topic, out var count)) return false;
        if (count > 1)
        {
            counts[topic] = count - 1;
            return false;
        }

        counts.Remove(topic);
        return true;
    }
}
