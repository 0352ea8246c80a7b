using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>
/// The disconnected clients of all kernels. Their retained messages are dropped when the gateway's memory is short.
/// </summary>
internal sealed class AwaySessions(MemoryAccount account)
{
    // Beyond three quarters of the memory limit nothing is retained for clients that may never reconnect: current requests come
    // first.
    private readonly long _maxUsedBytes = account.LimitBytes / 4 * 3;

    private readonly Lock _gate = new();

    // In the order in which they left.
    private readonly LinkedList<ChannelSession> _sessions = new();

    public void Add(ChannelSession session)
    {
        lock (_gate) _sessions.AddLast(session);
    }

    public void Remove(ChannelSession session)
    {
        lock (_gate) _sessions.Remove(session);
    }

    /// <summary>
    /// Drops the messages of the clients that disconnected first, until there is memory again. Called without a session's lock.
    /// </summary>
    public void MakeRoom()
    {
        if (account.UsedBytes <= _maxUsedBytes) return;
        ChannelSession[] away;
        lock (_gate) away = [.. _sessions];
        foreach (var session in away)
        {
            if (account.UsedBytes <= _maxUsedBytes) return;
            session.DropWhileAway();
        }
    }
}
