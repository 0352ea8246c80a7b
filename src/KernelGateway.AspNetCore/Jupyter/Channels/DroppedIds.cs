namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>
/// Remembers the positions of messages that were sent and later dropped, so that a client can name one of them as the last one
/// received.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class DroppedIds
{
    // Far more than are on their way to a client that answers pings. For other clients the oldest are forgotten.
    private const int Capacity = 4096;

    // A kernel chooses its ids; those of every kernel in use are shorter.
    private const int MaxIdLength = 256;

    private readonly Dictionary<string, long> _positions = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    /// <summary>Remembers a message before it is dropped or replaced.</summary>
    public void Add(string messageId, long position)
    {
        if (messageId.Length > MaxIdLength || !_positions.TryAdd(messageId, position)) return;
        _oldestFirst.Enqueue(messageId);
        if (_oldestFirst.Count > Capacity) _positions.Remove(_oldestFirst.Dequeue());
    }

    /// <summary>Returns the position of such a message; null when it is unknown.</summary>
    public long? Find(string messageId) => _positions.TryGetValue(messageId, out var position) ? position : null;

    /// <summary>Removes all of them.</summary>
    public void Clear()
    {
        _positions.Clear();
        _oldestFirst.Clear();
    }
}
