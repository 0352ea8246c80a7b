namespace KernelGateway.Tests.Contexts.Attaching;

/// <summary>A clock that throws on the first call for the time.</summary>
internal sealed class ClockThatFailsOnce(TimeProvider clock) : TimeProvider
{
    private int _questions;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => Fail() ?? clock.GetUtcNow();

    public override long GetTimestamp()
    {
        Fail();
        return clock.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);

    private DateTimeOffset? Fail() =>
        Interlocked.Increment(ref _questions) == 1 ? throw new InvalidOperationException("The clock has stopped.") : null;
}
