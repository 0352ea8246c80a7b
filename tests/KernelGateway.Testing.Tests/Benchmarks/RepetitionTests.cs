using FluentAssertions;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Benchmarks;

[CancelAfter(30_000)]
public sealed class RepetitionTests
{
    [Test]
    public async Task Contender_that_never_ends_its_turn_is_given_up_and_the_others_go_on(CancellationToken token)
    {
        var clock = new ManualTimeProvider();
        var turns = 0;
        var stuck = new Contender("stuck", (_, _) => new TaskCompletionSource<double[]>().Task);
        var sound = new Contender("sound", (_, _) => Task.FromResult<double[]>([++turns]));
        var repetition = new Repetition(WarmUp: 0, Rounds: 3, Count: 1) { Time = clock };

        var running = repetition.RunAsync("row", Quantity.Time, [sound, stuck], [], token);
        await clock.WaitForTimerAsync(Repetition.TurnLimit, token);
        clock.Advance(Repetition.TurnLimit);
        var row = await running;

        row.Contenders[0].Rounds.Should().Be(3);
        row.Contenders[1].IsGivenUp.Should().BeTrue();
        row.Contenders[1].Rounds.Should().Be(0);
    }

    [Test]
    public async Task Contender_that_misses_its_deadline_is_asked_to_stop(CancellationToken token)
    {
        var clock = new ManualTimeProvider();
        var stopped = new TaskCompletionSource();
        var measuring = Deadline.RunAsync(
            async stop =>
            {
                await using var registration = stop.Register(stopped.SetResult);
                await stopped.Task;
                return 1;
            },
            TimeSpan.FromSeconds(5),
            clock,
            token);
        await clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), token);

        clock.Advance(TimeSpan.FromSeconds(5));

        await measuring.Invoking(task => task).Should().ThrowAsync<TimeoutException>();
        await stopped.Task;
    }
}
