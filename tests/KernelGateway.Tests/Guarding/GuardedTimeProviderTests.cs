using FluentAssertions;
using KernelGateway.Guarding;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

public sealed class GuardedTimeProviderTests
{
    // The number of ticks is too large for an exact double.
    private static readonly long TimeSinceTheYearOne = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private readonly ManualTimeProvider _time = new();

    [Test]
    public void A_duration_is_exact_however_large_the_timestamps_of_the_clock_are()
    {
        var guarded = Wrap(new ClockSinceTheYearOne(_time));
        _time.Advance(TimeSpan.FromTicks(1));
        var start = guarded.GetTimestamp();

        _time.Advance(TimeSpan.FromMilliseconds(250));
        guarded.GetElapsedTime(start).Should().Be(TimeSpan.FromMilliseconds(250));
        _time.Advance(TimeSpan.FromTicks(1));

        guarded.GetElapsedTime(start).Should().Be(TimeSpan.FromMilliseconds(250) + TimeSpan.FromTicks(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_clock_that_throws_for_a_while_does_not_make_durations_of_years(bool isThrowingAtFirst)
    {
        var clock = new FaultyClock(new ClockSinceTheYearOne(_time)) { Throws = isThrowingAtFirst };
        var guarded = Wrap(clock);
        var start = guarded.GetTimestamp();

        clock.Throws = !isThrowingAtFirst;
        guarded.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromHours(1)).And.BeGreaterThan(TimeSpan.FromHours(-1));
        clock.Throws = isThrowingAtFirst;

        guarded.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromHours(1)).And.BeGreaterThan(TimeSpan.FromHours(-1));
    }

    private static TimeProvider Wrap(TimeProvider clock) => GuardedTimeProvider.Wrap(clock, NullLogger.Instance);

    private sealed class ClockSinceTheYearOne(TimeProvider inner) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => TimeSinceTheYearOne + inner.GetTimestamp();
    }
}
