namespace KernelGateway.Zmtp.Subscriptions;

/// <summary>The topics of one subscriber, and whether a message's first frame begins with any of them.</summary>
/// <remarks>29/PUBSUB: plain byte prefixes; the empty topic matches everything. A set, not a count: libzmq sends a single CANCEL
/// however often a topic was subscribed to.</remarks>
internal sealed class TopicSet
{
    // A peer chooses the number of its topics. This limit prevents that it fills the memory.
    private const int MaxTopics = 100_000;
    private const int MaxTopicsBytes = 16 << 20;

    private readonly Lock _gate = new();
    private readonly HashSet<byte[]> _topics = new(ByteArrayComparer.Instance);
    private readonly SortedDictionary<int, int> _lengths = [];
    private long _bytes;

    public bool Add(ReadOnlySpan<byte> topic)
    {
        lock (_gate)
        {
            if (_topics.Count >= MaxTopics) throw new ZmtpProtocolException($"More than {MaxTopics} topics on one connection.");
            if (topic.Length > MaxTopicsBytes - _bytes) throw new ZmtpProtocolException($"Topics of more than {MaxTopicsBytes} bytes on one connection.");
            if (!_topics.GetAlternateLookup<ReadOnlySpan<byte>>().Add(topic)) return false;
            _bytes += topic.Length;
            _lengths[topic.Length] = _lengths.GetValueOrDefault(topic.Length) + 1;
            return true;
        }
    }

    public bool Remove(ReadOnlySpan<byte> topic)
    {
        lock (_gate)
        {
            if (!_topics.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(topic)) return false;
            _bytes -= topic.Length;
            if (--_lengths[topic.Length] == 0) _lengths.Remove(topic.Length);
            return true;
        }
    }

    public bool Matches(ReadOnlySpan<byte> firstFrame)
    {
        lock (_gate)
        {
            // With a subscription to everything no further check is needed; enumerating the lengths would allocate.
            if (_lengths.ContainsKey(0)) return true;
            var lookup = _topics.GetAlternateLookup<ReadOnlySpan<byte>>();
            foreach (var (length, _) in _lengths)
            {
                if (length > firstFrame.Length) return false;
                if (lookup.Contains(firstFrame[..length])) return true;
            }

            return false;
        }
    }

    /// <summary>Clears the set and returns its topics, in byte order.</summary>
    public byte[][] Clear()
    {
        lock (_gate)
        {
            var topics = SortedLocked();
            _topics.Clear();
            _lengths.Clear();
            _bytes = 0;
            return topics;
        }
    }

    public byte[][] ToSortedArray()
    {
        lock (_gate)
            return SortedLocked();
    }

    private byte[][] SortedLocked()
    {
        byte[][] topics = [.. _topics];
        Array.Sort(topics, static (x, y) => x.AsSpan().SequenceCompareTo(y));
        return topics;
    }
}
