namespace KernelGateway.Zmtp.Tests.Support;

/// <summary>A clock that changes only when a test advances it, and that reports when a timer is set.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> IsWanted, TaskCompletionSource<TimeSpan> Seen)> _watchers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public int ActiveTimers
    {
        get
        {
            lock (_gate)
                return _timers.Count(timer => timer.DueAt is not null);
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer with a matching due time is set, and returns its due time.</summary>
    public Task<TimeSpan> WaitForTimerAsync(Func<TimeSpan, bool> isWanted, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var timer in _timers)
                if (timer.DueAt is not null && isWanted(timer.Wait)) return Task.FromResult(timer.Wait);
            var seen = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((isWanted, seen));
            return seen.Task.WaitAsync(cancellationToken);
        }
    }

    public Task<TimeSpan> WaitForTimerAsync(TimeSpan wait, CancellationToken cancellationToken) =>
        WaitForTimerAsync(actual => actual == wait, cancellationToken);

    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (_gate)
            target = _now + by;
        while (true)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.DueAt <= target).MinBy(timer => timer.DueAt);
                _now = next?.DueAt > _now ? next.DueAt.Value : next is null ? target : _now;
                next?.Rearm();
            }

            if (next is null) return;
            next.Fire();
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan? DueAt { get; private set; }

        public TimeSpan Wait { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                Wait = dueTime;
                DueAt = dueTime < TimeSpan.Zero ? null : clock._now + dueTime;
                if (DueAt is null) return true;
                for (var i = clock._watchers.Count - 1; i >= 0; i--)
                {
                    if (!clock._watchers[i].IsWanted(dueTime)) continue;
                    clock._watchers[i].Seen.TrySetResult(dueTime);
                    clock._watchers.RemoveAt(i);
                }
            }

            return true;
        }

        public void Rearm() => DueAt = _period > TimeSpan.Zero ? DueAt + _period : null;

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate)
            {
                DueAt = null;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
