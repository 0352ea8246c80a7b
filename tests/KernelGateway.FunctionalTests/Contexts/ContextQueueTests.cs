using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Contexts;

[RequiresKernel]
public sealed class ContextQueueTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Executions_run_one_after_another_in_the_order_they_came(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await python.Context.RunAsync("seen = []", cancellationToken: cancellationToken);

        var all = Enumerable.Range(0, 30).Select(i => python.Context.Submit($"seen.append({i})")).ToList();
        foreach (var execution in all) (await execution.Ended).Reason.Should().Be(ExecutionEndReason.Completed);

        (await python.Context.RunAsync("seen == list(range(30))", cancellationToken: cancellationToken)).Text.Should().Be("True");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Contexts_run_in_parallel(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var other = await python.Gateway.Contexts.CreateAsync(cancellationToken: cancellationToken);
        var blocked = python.Context.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(blocked, cancellationToken);

        (await other.RunAsync("'free'", cancellationToken: cancellationToken)).Text.Should().Be("'free'");
        blocked.Status.Should().Be(ExecutionStatus.Running);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_full_queue_refuses_and_loses_nothing(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Contexts.MaxQueuedExecutions = 2);
        var running = python.Context.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);
        var waiting = new[] { python.Context.Submit("1"), python.Context.Submit("2") };

        FluentActions.Invoking(() => python.Context.Submit("3")).Should().Throw<QueueFullException>();

        await running.InterruptAsync(cancellationToken);
        foreach (var execution in waiting) (await execution.Ended).Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_execution_cancelled_while_it_waits_never_reaches_the_kernel(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await python.Context.RunAsync("ran = []", cancellationToken: cancellationToken);
        var running = python.Context.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);
        var cancelled = python.Context.Submit("ran.append('cancelled')");
        var next = python.Context.Submit("ran.append('next')");

        (await cancelled.InterruptAsync(cancellationToken)).Should().BeTrue();
        (await cancelled.Ended).Reason.Should().Be(ExecutionEndReason.Interrupted);
        running.Status.Should().Be(ExecutionStatus.Running, "only the queued execution was interrupted");
        await running.InterruptAsync(cancellationToken);
        await next.Ended;

        (await python.Context.RunAsync("ran", cancellationToken: cancellationToken)).Text.Should().Be("['next']");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task An_interrupt_never_hits_the_execution_behind(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await python.Context.RunAsync("import time", cancellationToken: cancellationToken);

        // Short cells, so that the interrupt arrives before, in and after their end.
        for (var i = 0; i < 40; i++)
        {
            var victim = python.Context.Submit($"time.sleep({i % 10 * 0.001})");
            var next = python.Context.Submit("sum(time.sleep(0.0005) or 1 for _ in range(20))");
            await victim.InterruptAsync(cancellationToken);

            (await victim.Ended).Reason.Should().BeOneOf(ExecutionEndReason.Interrupted, ExecutionEndReason.Completed);
            var after = await next.WaitAsync(cancellationToken);
            after.End.Reason.Should().Be(ExecutionEndReason.Completed, "the interrupt of round {0} must not hit the next cell: {1}", i, after.Error);
            after.Text.Should().Be("20");
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Cancelling_the_call_interrupts_the_code(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var run = python.Context.RunAsync(
            "import time\nprint('on', flush=True)\ntime.sleep(300)",
            callbacks: new ExecutionCallbacks { OnStdout = _ => cancel.Cancel() },
            cancellationToken: cancel.Token);

        await FluentActions.Awaiting(() => run).Should().ThrowAsync<OperationCanceledException>();
        (await python.Context.RunAsync("'free'", cancellationToken: cancellationToken)).Text.Should().Be("'free'");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_restart_ends_running_and_waiting_executions_and_keeps_the_id(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var id = python.Context.Id;
        await python.Context.RunAsync("x = 1", cancellationToken: cancellationToken);
        var running = python.Context.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);
        var waiting = python.Context.Submit("x");

        await python.Context.RestartAsync(cancellationToken);

        (await running.Ended).Reason.Should().Be(ExecutionEndReason.Restarted);
        (await waiting.Ended).Reason.Should().Be(ExecutionEndReason.Restarted);
        python.Context.Id.Should().Be(id);
        var fresh = await python.Context.RunAsync("'x' in dir()", cancellationToken: cancellationToken);
        fresh.Text.Should().Be("False");
        fresh.ExecutionCount.Should().Be(1);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Removing_ends_everything_in_it(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var running = python.Context.Submit("import time\nprint('on', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);
        var waiting = python.Context.Submit("1");

        await python.Gateway.Contexts.RemoveAsync(python.Context.Id);

        (await running.Ended).Reason.Should().Be(ExecutionEndReason.Removed);
        (await waiting.Ended).Reason.Should().Be(ExecutionEndReason.Removed);
        FluentActions.Invoking(() => python.Context.Submit("1")).Should().Throw<ContextNotFoundException>();
        FluentActions.Invoking(() => python.Gateway.Contexts.Get(python.Context.Id)).Should().Throw<ContextNotFoundException>();
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Fifty_contexts_are_created_at_once(CancellationToken cancellationToken)
    {
        await using var gateway = await PythonGateway.StartGatewayAsync(
            options => options.Kernels.StartTimeout = TimeSpan.FromMinutes(3), cancellationToken);

        var contexts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => gateway.Contexts.CreateAsync(cancellationToken: cancellationToken)));
        var values = await Task.WhenAll(contexts.Select((context, i) => context.RunAsync($"{i} * 2", cancellationToken: cancellationToken)));

        values.Select(execution => execution.Text).Should().Equal(Enumerable.Range(0, 50).Select(i => $"{i * 2}"));
        contexts.Select(context => context.Id).Should().OnlyHaveUniqueItems();
        gateway.Contexts.List().Should().HaveCount(50);
    }
}
