using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Tests.Contexts;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ObserverFaultTests(TestedTransport tested)
{
    private static readonly TimeSpan DrainSilence = TimeSpan.FromMilliseconds(250);

    [Test]
    [CancelAfter(30_000)]
    public async Task An_observer_that_throws_costs_neither_the_kernel_nor_its_state(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        using var observer = new FaultyObserver();
        using var observation = context.Kernel.Observe(observer);

        var first = await context.RunAsync("print a", cancellationToken: cancellationToken);
        var second = await context.RunAsync("return 2", cancellationToken: cancellationToken);
        await context.RestartAsync(cancellationToken);
        var third = await context.RunAsync("return 3", cancellationToken: cancellationToken);

        new[] { first, second, third }.Should().OnlyContain(one => one.End.Reason == ExecutionEndReason.Completed);
        second.ExecutionCount.Should().Be(2, "the process was not replaced");
        context.Kernel.AutomaticRestarts.Should().Be(0);
        await scripted.Log.WaitForAsync(3132, cancellationToken);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_observer_that_blocks_is_removed_and_no_output_is_lost(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        using var observer = new FaultyObserver { Blocks = true };
        using var observation = context.Kernel.Observe(observer);

        var execution = context.Submit("flood 3000");
        await scripted.Time.WaitForTimerAsync(ObserverQueue.RoomLimit, cancellationToken);
        execution.Status.Should().NotBe(ExecutionStatus.Ended, "the gateway stops reading the kernel while the queue of the observer is full");
        scripted.Time.Advance(ObserverQueue.RoomLimit);

        (await execution.WaitAsync(cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        execution.End.Counts.Stdout.Should().Be(3000);
        await scripted.Log.WaitForAsync(3133, cancellationToken);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_and_the_end_of_the_gateway_do_not_wait_for_an_observer(CancellationToken cancellationToken)
    {
        var scripted = await tested.StartGatewayAsync();
        using var observer = new FaultyObserver { Blocks = true };
        await using (scripted)
        {
            var context = await scripted.CreateContextAsync(cancellationToken);
            using var observation = context.Kernel.Observe(observer);
            var running = context.Submit("wait gate");
            await observer.Blocked.WaitAsync(cancellationToken);

            await context.RestartAsync(cancellationToken);

            (await running.Ended).Reason.Should().Be(ExecutionEndReason.Restarted);
        }

        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Last_output_of_a_dying_kernel_arrives_although_its_observer_is_slow(CancellationToken cancellationToken)
    {
        // More messages than fit into the observer's queue, but not more than fit into that queue and the socket's queue together.
        const int Lines = 1500;
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        using var observer = new FaultyObserver { Blocks = true };
        using var observation = context.Kernel.Observe(observer);
        var running = context.Submit($"flood {Lines}\nwait gate");
        // The queue is full, and a message waits for room in it.
        await scripted.Time.WaitForTimerAsync(ObserverQueue.RoomLimit, cancellationToken);

        scripted.Process.ReportExit(new KernelExit(1, null));
        await scripted.Time.WaitForTimerAsync(DrainSilence, 2, cancellationToken);
        scripted.Time.Advance(DrainSilence);

        // On iopub the drain continues, because a message is being delivered to the observer. Shell has nothing left to drain.
        await scripted.Time.WaitForTimerAsync(DrainSilence, 3, cancellationToken);
        running.Ended.IsCompleted.Should().BeFalse();
        observer.Release();
        await FloodControl.WaitUntilJournalledAsync(context, Lines + 1, cancellationToken);
        await scripted.Kernel.StopAsync();

        var end = await running.Ended.WaitAsync(cancellationToken);
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Counts.Stdout.Should().Be(Lines);
    }
}
