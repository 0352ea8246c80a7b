using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class SharedWorkTests
{
    private const int TestTimeout = 60_000;

    private readonly SharedWork<int> _work = new(StringComparer.Ordinal);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Concurrent_callers_share_the_work_and_a_later_one_starts_new_work(CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;
        Task<int> BeginAsync(CancellationToken token)
        {
            Interlocked.Increment(ref begun);
            return gate.Task;
        }

        var first = _work.RunAsync("a", BeginAsync, cancellationToken);
        var second = _work.RunAsync("a", BeginAsync, cancellationToken);
        gate.SetResult(1);
        var results = await Task.WhenAll(first, second);
        var third = await _work.RunAsync("a", _ => Task.FromResult(2), cancellationToken);

        results.Should().Equal(1, 1);
        begun.Should().Be(1);
        third.Should().Be(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Work_of_another_key_is_other_work(CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource<int>();
        var first = _work.RunAsync("a", _ => gate.Task, cancellationToken);

        var second = await _work.RunAsync("A", _ => Task.FromResult(2), cancellationToken);
        gate.SetResult(1);

        second.Should().Be(2);
        (await first).Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Failure_is_everybodys_and_is_not_kept(CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = _work.RunAsync("a", _ => gate.Task, cancellationToken);
        var second = _work.RunAsync("a", _ => gate.Task, cancellationToken);

        gate.SetException(new IOException("no"));

        await first.Invoking(task => task).Should().ThrowAsync<IOException>();
        await second.Invoking(task => task).Should().ThrowAsync<IOException>();
        (await _work.RunAsync("a", _ => Task.FromResult(3), cancellationToken)).Should().Be(3);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Last_one_to_go_cancels_it_and_who_comes_then_waits_for_its_end_before_beginning(CancellationToken cancellationToken)
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOver = false;
        async Task<int> BeginAsync(CancellationToken token)
        {
            using var registration = token.Register(cancelled.SetResult);
            await mayEnd.Task;
            isOver = true;
            token.ThrowIfCancellationRequested();
            return 1;
        }

        using var goes = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = _work.RunAsync("a", BeginAsync, goes.Token);
        var stays = _work.RunAsync("a", BeginAsync, goes.Token);
        await goes.CancelAsync();
        await first.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        await stays.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        await cancelled.Task.WaitAsync(cancellationToken);

        var next = _work.RunAsync("a", _ => Task.FromResult(isOver ? 2 : 0), cancellationToken);
        next.IsCompleted.Should().BeFalse();
        mayEnd.SetResult();

        (await next).Should().Be(2, "the first work ended before the next began");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stopped_work_is_cancelled_for_everybody(CancellationToken cancellationToken)
    {
        var first = _work.RunAsync("a", async token =>
        {
            await Never.WaitAsync(token);
            return 1;
        }, cancellationToken);

        var stopped = await _work.StopAsync("a");
        var again = await _work.StopAsync("a");

        stopped.Should().BeTrue();
        again.Should().BeFalse("the work was already stopped");
        await first.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        cancellationToken.IsCancellationRequested.Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Work_that_succeeds_all_the_same_was_not_stopped(CancellationToken cancellationToken)
    {
        var first = _work.RunAsync("a", async token =>
        {
            await Never.WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 1;
        }, cancellationToken);

        (await _work.StopAsync("a")).Should().BeFalse();
        (await first).Should().Be(1);
    }
}
