namespace KernelGateway.Testing.Time;

/// <summary>A clock that changes only when a test advances it, with timers that fire during the advance.</summary>
/// <remarks>
/// Timers fire on the thread that calls <see cref="Advance"/>, in the order of their due times, each at its own time. A timer that the code under
/// test sets after the advance does not fire. A test therefore waits for the timer first:
/// <see cref="WaitForTimerAsync(TimeSpan, CancellationToken)"/>.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly AwaitableLog<TimeSpan> _settings = new();
    // Timestamps begin near zero, as those of real clocks do: the framework converts them through a double, which rounds large values.
    private readonly DateTimeOffset _origin;
    private DateTimeOffset _now;      // the base of timestamps and timers
    private TimeSpan _wallOffset;     // the difference between the wall clock and _now

    /// <summary>Starts the clock at the beginning of 2026.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts the clock.</summary>
    /// <param name="start">The initial time.</param>
    public ManualTimeProvider(DateTimeOffset start)
    {
        _now = start.ToUniversalTime();
        _origin = _now - TimeSpan.FromHours(1);
    }

    /// <summary>Gets the number of timers that are set and will fire again.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now + _wallOffset;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock) return (_now - _origin).Ticks;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Advances the clock and fires the timers that become due, including those that are set during the advance.</summary>
    /// <param name="duration">The time by which the clock advances.</param>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        DateTimeOffset end;
        lock (_lock) end = _now + duration;
        while (TakeDue(end) is { } timer) timer.Fire();
        lock (_lock)
        {
            if (_now < end) _now = end;
        }
    }

    /// <summary>Advances the clock to the next timer and fires it, if it is due within a given time.</summary>
    /// <remarks>
    /// For tests that advance the clock while messages are in flight. The limit keeps the clock from reaching the other timers, which are timeouts
    /// of minutes or days.
    /// </remarks>
    /// <param name="within">The longest time until the timer is due.</param>
    /// <returns>False when no timer is due within that time; the clock is unchanged then.</returns>
    public bool TryAdvanceToTimer(TimeSpan within)
    {
        TimeSpan left;
        lock (_lock)
        {
            if (_timers.Count == 0) return false;
            left = _timers.Min(timer => timer.DueAt) - _now;
        }

        if (left > within) return false;
        Advance(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return true;
    }

    /// <summary>Sets the wall clock, as an operator or a time server does. Timestamps and timers are not affected.</summary>
    /// <param name="step">The time by which it is set forward, or back when negative.</param>
    public void StepWallTime(TimeSpan step)
    {
        lock (_lock) _wallOffset += step;
    }

    /// <summary>Waits until a timer of a given duration is set.</summary>
    /// <param name="dueTime">The duration it is set to.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when such a timer is set, or at once when it was set before.</returns>
    public Task WaitForTimerAsync(TimeSpan dueTime, CancellationToken cancellationToken) =>
        WaitForTimerAsync(dueTime, 1, cancellationToken);

    /// <summary>Waits until timers of a given duration have been set a number of times.</summary>
    /// <param name="dueTime">The duration they are set to.</param>
    /// <param name="number">The number of times since the clock was created.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when that many have been set.</returns>
    public Task WaitForTimerAsync(TimeSpan dueTime, int number, CancellationToken cancellationToken) =>
        _settings.WaitForAsync(set => set == dueTime, number, cancellationToken);

    /// <summary>Returns how many times timers of a given duration have been set.</summary>
    /// <param name="dueTime">The duration they were set to.</param>
    public int CountTimers(TimeSpan dueTime) => _settings.Items.Count(set => set == dueTime);

    internal void Set(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            timer.DueAt = _now + dueTime;
            _timers.Add(timer);
        }
        _settings.Add(dueTime);
        // A timer with due time zero fires at once, without an advance of the clock.
        if (dueTime == TimeSpan.Zero) Advance(TimeSpan.Zero);
    }

    internal bool Remove(ManualTimer timer)
    {
        lock (_lock) return _timers.Remove(timer);
    }

    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var next = _timers.MinBy(timer => timer.DueAt);
            if (next is null || next.DueAt > end) return null;
            if (next.DueAt > _now) _now = next.DueAt;
            if (next.Period > TimeSpan.Zero) next.DueAt += next.Period;
            else _timers.Remove(next);
            return next;
        }
    }
}
