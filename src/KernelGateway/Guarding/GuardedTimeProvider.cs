using Microsoft.Extensions.Logging;

namespace KernelGateway.Guarding;

/// <summary>
/// A clock of the host: the system clock replaces it when it throws, and exceptions of timer callbacks are contained.
/// </summary>
/// <remarks>
/// Its timestamps are the ticks since it was made, by either clock. Two clocks count from different moments, so their timestamps
/// cannot be compared. A duration is exact only while it is small, because the framework computes it in floating point.
/// </remarks>
internal sealed class GuardedTimeProvider : TimeProvider
{
    private readonly TimeProvider _inner;
    private readonly ILogger _logger;
    private readonly long _systemStart = System.GetTimestamp();
    private Origin? _origin;   // null until the inner clock has given a timestamp
    private int _failures;

    private GuardedTimeProvider(TimeProvider inner, ILogger logger)
    {
        _inner = inner;
        _logger = logger;
    }

    public override TimeZoneInfo LocalTimeZone => Read(static clock => clock.LocalTimeZone, TimeZoneInfo.Utc);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Wraps a clock of the host; the system clock is returned as it is.</summary>
    public static TimeProvider Wrap(TimeProvider? inner, ILogger logger) =>
        inner is null || ReferenceEquals(inner, System) ? System : new GuardedTimeProvider(inner, logger);

    public override DateTimeOffset GetUtcNow() => Read<DateTimeOffset?>(static clock => clock.GetUtcNow(), null) ?? System.GetUtcNow();

    public override long GetTimestamp() => Read<long?>(ReadTimestamp, null) ?? SystemTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        TimerCallback guarded = inner => Guarded.Invoke(_logger, "What a timer called", () => callback(inner));
        return new GuardedTimer(this, guarded, state, Create(guarded, state, dueTime, period));
    }

    private ITimer Create(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        try
        {
            return _inner.CreateTimer(callback, state, dueTime, period);
        }
        catch (Exception exception) when (exception is not ArgumentException)
        {
            NoteFailure(exception);
            return System.CreateTimer(callback, state, dueTime, period);
        }
    }

    private long SystemTicks => System.GetElapsedTime(_systemStart).Ticks;

    private long? ReadTimestamp(TimeProvider clock)
    {
        var timestamp = clock.GetTimestamp();
        var origin = Volatile.Read(ref _origin);
        if (origin is null)
        {
            // Where several threads ask first, one origin holds for all of them.
            var own = new Origin(timestamp, SystemTicks);
            origin = Interlocked.CompareExchange(ref _origin, own, null) ?? own;
        }

        return origin.Ticks + clock.GetElapsedTime(origin.InnerTimestamp, timestamp).Ticks;
    }

    private T Read<T>(Func<TimeProvider, T> read, T fallback)
    {
        try
        {
            return read(_inner);
        }
        catch (Exception exception)
        {
            NoteFailure(exception);
            return fallback;
        }
    }

    // It may throw at each message: the first failure is logged, the others have the same consequence.
    private void NoteFailure(Exception exception)
    {
        if (Interlocked.Exchange(ref _failures, 1) == 0) Guarded.LogFailed(_logger, exception, "The clock of the host");
    }

    // The same moment by both clocks.
    private sealed record Origin(long InnerTimestamp, long Ticks);

    private sealed class GuardedTimer(GuardedTimeProvider owner, TimerCallback callback, object? state, ITimer inner) : ITimer
    {
        private ITimer _inner = inner;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            try
            {
                return _inner.Change(dueTime, period);
            }
            catch (Exception exception) when (exception is not ArgumentException)
            {
                // Code waits for it to fire.
                owner.NoteFailure(exception);
                Dispose();
                _inner = System.CreateTimer(callback, state, dueTime, period);
                return true;
            }
        }

        public void Dispose() => Guarded.Invoke(owner._logger, "Disposing a timer", _inner.Dispose);

        public async ValueTask DisposeAsync() =>
            await Guarded.InvokeAsync(owner._logger, "Disposing a timer", () => _inner.DisposeAsync().AsTask()).ConfigureAwait(false);
    }
}
