using FluentAssertions;
using KernelGateway.Logging;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Tests.Logging;

public sealed class RateLimitedLogTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<(string Key, string Detail, long Count)> _lines = [];

    [Test]
    public void A_hundred_thousand_occurrences_are_one_line_and_then_one_count_per_interval()
    {
        var log = CreateLog();

        for (var i = 0; i < 100_000; i++) log.Add("refused");
        _lines.Should().Equal(("refused", "", 1));

        _time.Advance(RateLimitedLog<string>.Interval);
        _lines.Should().Equal(("refused", "", 1), ("refused", "", 99_999));

        log.Add("refused");
        _lines.Should().HaveCount(2, "the interval after the last line has not passed");
        _time.Advance(RateLimitedLog<string>.Interval);
        _lines.Should().HaveCount(3).And.Subject.Sum(line => line.Count).Should().Be(100_001, "every occurrence is counted once");
    }

    [Test]
    public void Kinds_are_counted_apart()
    {
        var log = CreateLog();

        log.Add("one");
        log.Add("other");
        log.Add("one");
        _time.Advance(RateLimitedLog<string>.Interval);

        _lines.Should().Equal(("one", "", 1), ("other", "", 1), ("one", "", 1));
    }

    [Test]
    public void After_an_interval_of_silence_the_next_occurrence_is_written_at_once()
    {
        var log = CreateLog();
        log.Add("refused");
        _time.Advance(RateLimitedLog<string>.Interval);
        _time.ActiveTimers.Should().Be(0, "no occurrence is being counted");

        log.Add("refused");

        _lines.Should().Equal(("refused", "", 1), ("refused", "", 1));
    }

    [Test]
    public void Details_from_outside_are_escaped_and_the_last_one_is_logged()
    {
        var log = CreateLog();

        log.Add("dropped", "first\n");
        log.Add("dropped", "second");
        log.Add("dropped", "\e[31m" + new string('x', 3000));
        _time.Advance(RateLimitedLog<string>.Interval);

        _lines[0].Detail.Should().Be("first\\u000a");
        _lines[1].Detail.Should().StartWith("\\u001b[31mx").And.EndWith("…");
    }

    [Test]
    public void Counts_are_written_when_it_is_closed()
    {
        var log = CreateLog();
        log.Add("dropped");
        log.Add("dropped");

        log.Close();
        log.Close();
        log.Add("dropped");

        _lines.Should().Equal(("dropped", "", 1), ("dropped", "", 1));
        _time.ActiveTimers.Should().Be(0);
    }

    [Test]
    public void A_logger_that_throws_on_the_timers_thread_has_no_effect()
    {
        var isBroken = false;
        var log = new RateLimitedLog<string>(
            (key, detail, count) =>
            {
                if (isBroken) throw new AggregateException("The disk is full.");
                _lines.Add((key, detail, count));
            },
            _time);
        log.Add("one");
        log.Add("one");
        isBroken = true;

        FluentActions.Invoking(() => _time.Advance(RateLimitedLog<string>.Interval)).Should().NotThrow();

        isBroken = false;
        log.Add("one");
        _time.Advance(RateLimitedLog<string>.Interval);
        _lines.Should().HaveCount(2, "the log still counts after the failure");
    }

    private RateLimitedLog<string> CreateLog() => new((key, detail, count) => _lines.Add((key, detail, count)), _time);
}
