namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>
/// The clients of one kernel that were removed because too many were disconnected. They are told so when they reconnect.
/// </summary>
/// <remarks>Not thread-safe; <see cref="KernelChannels"/> holds its lock.</remarks>
internal sealed class RemovedClients
{
    // Clients choose the ids, which can be as long as a URL. Beyond this number the first one is forgotten.
    private const int Capacity = 100;

    private readonly OrderedDictionary<string, LostMessages> _bySession = new(StringComparer.Ordinal);

    public void Add(string sessionId, LostMessages lost)
    {
        _bySession[sessionId] = lost;
        if (_bySession.Count > Capacity) _bySession.RemoveAt(0);
    }

    /// <summary>Returns what a client has lost, once; null when it was not removed.</summary>
    public LostMessages? Take(string sessionId) => _bySession.Remove(sessionId, out var lost) ? lost : null;
}

/// <summary>What a client has lost with its session.</summary>
/// <param name="Messages">The number of retained messages.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Requests">The number of its requests whose replies will not be passed on.</param>
internal readonly record struct LostMessages(long Messages, long Bytes, long Requests);
