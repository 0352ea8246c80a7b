namespace KernelGateway.Testing.Time;

/// <summary>Is a clock that stands still until a test moves it, with timers that fire while it is moved.</summary>
/// <remarks>
/// Timers fire on the thread that calls <see cref="Advance"/>, in the order in which they are due, each at its own time. A test
/// that advances before the code under test has set its timer would wait for ever, so it waits for the timer first:
/// <see cref="WaitForTimerAsync(TimeSpan, CancellationToken)"/>.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly AwaitableLog<TimeSpan> _settings = new();
    // Timestamps begin near zero, as those of real clocks do: the framework converts them by way of a double, which rounds large ones.
    private readonly DateTimeOffset _origin;
    private DateTimeOffset _now;      // what durations are measured by
    private TimeSpan _wallOffset;     // how far the wall clock has been set away from that

    /// <summary>Starts the clock at the beginning of 2026.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts the clock.</summary>
    /// <param name="start">The time it shows.</param>
    public ManualTimeProvider(DateTimeOffset start)
    {
        _now = start.ToUniversalTime();
        _origin = _now - TimeSpan.FromHours(1);
    }

    /// <summary>Gets how many timers are set and have not fired for the last time.</summary>
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

    /// <summary>Moves the clock forward and fires what becomes due, including timers that are set meanwhile.</summary>
    /// <param name="duration">How far.</param>
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

    /// <summary>Moves the clock to the next timer and fires it, if it is due soon.</summary>
    /// <remarks>
    /// For tests that let time pass while messages are under way: the clock cannot run ahead to the limits of minutes or days that other
    /// timers stand for.
    /// </remarks>
    /// <param name="within">How soon the timer must be due.</param>
    /// <returns>False when no timer is due by then; the clock has not moved.</returns>
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

    /// <summary>Sets the wall clock, as an operator or a time server does; timestamps and timers go on as they were.</summary>
    /// <param name="step">How far it is set forward; back when negative.</param>
    public void StepWallTime(TimeSpan step)
    {
        lock (_lock) _wallOffset += step;
    }

    /// <summary>Waits until a timer of a given duration is set.</summary>
    /// <param name="dueTime">The duration it is set to.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that ends when such a timer is, or has been, set.</returns>
    public Task WaitForTimerAsync(TimeSpan dueTime, CancellationToken cancellationToken) =>
        WaitForTimerAsync(dueTime, 1, cancellationToken);

    /// <summary>Waits until timers of a given duration have been set a number of times.</summary>
    /// <param name="dueTime">The duration they are set to.</param>
    /// <param name="number">How many times, since the clock was made.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that ends when that many have been set.</returns>
    public Task WaitForTimerAsync(TimeSpan dueTime, int number, CancellationToken cancellationToken) =>
        _settings.WaitForAsync(set => set == dueTime, number, cancellationToken);

    /// <summary>Counts how many times timers of a given duration have been set.</summary>
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
        // A timer due at once does not wait for the clock.
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
