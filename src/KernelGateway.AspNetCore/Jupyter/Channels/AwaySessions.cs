using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The clients of all kernels that are away, which give up what is kept for them when the gateway's memory is short.</summary>
internal sealed class AwaySessions(MemoryAccount account)
{
    // Beyond three quarters of the limit nothing is kept for those who may never come back: what is asked for now comes first.
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

    /// <summary>Drops what is kept for those who left first, until there is room again. Called without any session's lock.</summary>
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
