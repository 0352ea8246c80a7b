namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Knows where the messages stood that were dropped after they had been sent: a client may name one of them as the last that it got.</summary>
/// <remarks>Not safe for several threads.</remarks>
internal sealed class DroppedIds
{
    // Far more than are on their way to a client that answers pings. Of the others the newest are kept.
    private const int Capacity = 4096;

    private readonly Dictionary<string, long> _positions = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    /// <summary>Notes a message before it is dropped or replaced.</summary>
    public void Add(string messageId, long position)
    {
        if (!_positions.TryAdd(messageId, position)) return;
        _oldestFirst.Enqueue(messageId);
        if (_oldestFirst.Count > Capacity) _positions.Remove(_oldestFirst.Dequeue());
    }

    /// <summary>Gives the position of such a message; null when it is unknown.</summary>
    public long? Find(string messageId) => _positions.TryGetValue(messageId, out var position) ? position : null;

    public void Clear()
    {
        _positions.Clear();
        _oldestFirst.Clear();
    }
}
