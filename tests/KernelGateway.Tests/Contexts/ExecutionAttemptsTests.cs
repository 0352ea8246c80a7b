using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

public sealed class ExecutionAttemptsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public void The_time_limit_counts_from_the_first_time_that_the_code_was_sent()
    {
        var attempts = new ExecutionAttempts(Limit, _time);
        _time.Advance(Limit);
        attempts.TimeLeft.Should().Be(Limit, "no code has been sent");

        attempts.NoteSent();
        _time.Advance(TimeSpan.FromSeconds(4));
        attempts.Next();
        attempts.NoteSent();

        attempts.TimeLeft.Should().Be(TimeSpan.FromSeconds(6));
    }

    [Test]
    public void There_is_no_further_attempt_when_the_time_limit_has_passed()
    {
        var attempts = new ExecutionAttempts(Limit, _time);
        attempts.NoteSent();
        _time.Advance(Limit * 2);

        attempts.TimeLeft.Should().Be(TimeSpan.Zero);
        attempts.MayFollow(othersFailed: true).Should().BeFalse();
    }

    [Test]
    public void After_three_attempts_only_a_failure_of_others_allows_another()
    {
        var attempts = new ExecutionAttempts(timeLimit: null, _time);
        for (var next = 2; next <= 3; next++)
        {
            attempts.MayFollow(othersFailed: false).Should().BeTrue();
            attempts.Next();
        }

        attempts.Number.Should().Be(3);
        attempts.TimeLeft.Should().BeNull();
        attempts.MayFollow(othersFailed: false).Should().BeFalse();
        attempts.MayFollow(othersFailed: true).Should().BeTrue();
    }

    [Test]
    public void The_pause_before_the_next_attempt_grows_up_to_a_bound()
    {
        var attempts = new ExecutionAttempts(timeLimit: null, _time);
        var pauses = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            pauses.Add(attempts.Pause.TotalMilliseconds);
            attempts.Next();
        }

        pauses.Should().Equal(250, 500, 750, 750, 750);
    }
}
