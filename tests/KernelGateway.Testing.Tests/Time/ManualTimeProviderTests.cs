using FluentAssertions;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Time;

public class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public void Time_passes_only_when_it_is_advanced()
    {
        var start = _clock.GetUtcNow();
        var timestamp = _clock.GetTimestamp();

        _clock.GetUtcNow().Should().Be(start);
        _clock.Advance(TimeSpan.FromSeconds(2.5));

        _clock.GetUtcNow().Should().Be(start.AddSeconds(2.5));
        _clock.GetElapsedTime(timestamp).Should().Be(TimeSpan.FromSeconds(2.5));
    }

    [Test]
    public void The_clock_goes_to_the_next_timer_only_if_that_is_due_soon()
    {
        var fired = 0;
        using var near = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var far = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromDays(40), Timeout.InfiniteTimeSpan);

        _clock.TryAdvanceToTimer(TimeSpan.FromSeconds(1)).Should().BeFalse();
        _clock.TryAdvanceToTimer(TimeSpan.FromSeconds(2)).Should().BeTrue();
        _clock.TryAdvanceToTimer(TimeSpan.FromSeconds(2)).Should().BeFalse();

        fired.Should().Be(1);
    }

    [TestCase(1)]
    [TestCase(-1)]
    public void Wall_clock_can_be_set_while_durations_go_on(int hours)
    {
        var start = _clock.GetUtcNow();
        var timestamp = _clock.GetTimestamp();
        var fired = 0;
        using var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);

        _clock.StepWallTime(TimeSpan.FromHours(hours));
        _clock.GetUtcNow().Should().Be(start.AddHours(hours));
        fired.Should().Be(0);
        _clock.Advance(TimeSpan.FromSeconds(2));

        fired.Should().Be(1);
        _clock.GetElapsedTime(timestamp).Should().Be(TimeSpan.FromSeconds(2));
    }

    [Test]
    public void Timers_fire_in_the_order_in_which_they_are_due_and_see_their_own_time()
    {
        var fired = new List<string>();
        var start = _clock.GetUtcNow();
        void Note(object? name) => fired.Add($"{name} at {(_clock.GetUtcNow() - start).TotalSeconds}");
        using var late = _clock.CreateTimer(Note, "late", TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var early = _clock.CreateTimer(Note, "early", TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var often = _clock.CreateTimer(Note, "often", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(5));

        fired.Should().Equal("early at 1", "often at 2", "late at 3", "often at 4");
        _clock.ActiveTimers.Should().Be(1);
    }

    [Test]
    public void Timer_that_is_changed_or_disposed_does_not_fire_at_its_old_time()
    {
        var fired = 0;
        var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan).Should().BeTrue();
        _clock.Advance(TimeSpan.FromSeconds(4));
        fired.Should().Be(0);
        timer.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(4));

        fired.Should().Be(0);
        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Should().BeFalse();
        _clock.ActiveTimers.Should().Be(0);
    }

    [Test]
    [CancelAfter(10_000)]
    public async Task Delays_and_timeouts_of_the_framework_run_on_it(CancellationToken cancellationToken)
    {
        var delay = Task.Delay(TimeSpan.FromHours(1), _clock, cancellationToken);
        using var timeout = new CancellationTokenSource(TimeSpan.FromHours(2), _clock);

        await _clock.WaitForTimerAsync(TimeSpan.FromHours(1), cancellationToken);
        delay.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromHours(1));
        await delay;
        timeout.IsCancellationRequested.Should().BeFalse();
        _clock.Advance(TimeSpan.FromHours(1));

        timeout.IsCancellationRequested.Should().BeTrue();
    }

    [Test]
    [CancelAfter(10_000)]
    public async Task Waiting_for_a_timer_ends_when_it_is_set(CancellationToken cancellationToken)
    {
        var waiting = _clock.WaitForTimerAsync(TimeSpan.FromSeconds(7), 2, cancellationToken);

        using var first = _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(7), Timeout.InfiniteTimeSpan);
        waiting.IsCompleted.Should().BeFalse();
        using var second = _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(7), Timeout.InfiniteTimeSpan);

        await waiting;
    }

    [Test]
    public void Timer_due_at_once_fires_at_once()
    {
        var fired = 0;

        using var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        fired.Should().Be(1);
    }

    [Test]
    public void Time_does_not_go_back() =>
        FluentActions.Invoking(() => _clock.Advance(TimeSpan.FromTicks(-1))).Should().Throw<ArgumentOutOfRangeException>();
}
