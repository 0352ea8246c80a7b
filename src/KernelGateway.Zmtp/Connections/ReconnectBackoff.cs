namespace KernelGateway.Zmtp.Connections;

/// <summary>How long to wait before connecting again: doubling up to a maximum, with a random part against crowds in step.</summary>
internal sealed class ReconnectBackoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _max;
    private TimeSpan _current;

    public ReconnectBackoff(TimeSpan first, TimeSpan max)
    {
        _first = first;
        _max = max > first ? max : first;
        _current = first;
    }

    /// <summary>Gives the next wait: between half of the current interval and all of it.</summary>
    public TimeSpan Next()
    {
        var wait = _current * (0.5 + (Random.Shared.NextDouble() / 2));
        _current = _current * 2 < _max ? _current * 2 : _max;
        return wait;
    }

    /// <summary>Gives the wait after a peer broke the protocol: it will most likely do so again, so the longest.</summary>
    public TimeSpan Longest()
    {
        _current = _max;
        return Next();
    }

    public void Reset() => _current = _first;
}
