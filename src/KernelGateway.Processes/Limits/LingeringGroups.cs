using KernelGateway.Processes.ControlGroups;

namespace KernelGateway.Processes.Limits;

/// <summary>Removes control groups when the last process in them has ended, long after the one that they were made for.</summary>
/// <remarks>Version 1 of control groups tells nobody of an empty group. So it is tried again, less and less often.</remarks>
/// <param name="time">The clock.</param>
internal sealed class LingeringGroups(TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<ControlGroup> _groups = [];       // Guarded by _lock, as the two below.
    private ITimer? _timer;
    private TimeSpan _pause;

    /// <summary>Gets the one for groups that belong to nothing that is disposed.</summary>
    internal static LingeringGroups Shared { get; } = new(TimeProvider.System);

    /// <summary>Removes a group, now or later.</summary>
    internal void Add(ControlGroup group)
    {
        if (group.TryRemove()) return;
        lock (_lock)
        {
            _groups.Add(group);
            _pause = FirstPause;
            _timer ??= CreateTimer();
            _timer.Change(_pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Removes those that are empty. The others stay for the next gateway.</summary>
    public ValueTask DisposeAsync() => EndAsync(TimeSpan.Zero);

    /// <summary>Waits until those are removed whose processes were killed. The others stay for the next gateway.</summary>
    /// <param name="limit">How long it waits.</param>
    internal async ValueTask EndAsync(TimeSpan limit)
    {
        // Real time, because processes of the system are awaited.
        var start = TimeProvider.System.GetTimestamp();
        for (var pause = FirstPause; !TryAll() && TimeProvider.System.GetElapsedTime(start) < limit; pause *= 2)
            await Task.Delay(pause, TimeProvider.System).ConfigureAwait(false);
        lock (_lock)
        {
            _groups.Clear();
            _timer?.Dispose();
            _timer = null;
        }
    }

    private ITimer CreateTimer()
    {
        // It belongs to no request.
        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(
                static state => ((LingeringGroups)state!).Try(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Try()
    {
        lock (_lock)
        {
            if (_timer is null) return;
            if (TryAll())
            {
                _timer.Dispose();
                _timer = null;
                return;
            }

            _pause = _pause * 2 < MaxPause ? _pause * 2 : MaxPause;
            _timer.Change(_pause, Timeout.InfiniteTimeSpan);
        }
    }

    private bool TryAll()
    {
        lock (_lock)
        {
            _groups.RemoveAll(group => group.TryRemove());
            return _groups.Count == 0;
        }
    }
}
