using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Guarding;
using KernelGateway.Launching;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ProcessFaultTests(TestedTransport tested)
{
    private static readonly TimeSpan DrainSilence = TimeSpan.FromMilliseconds(250);

    [Test]
    [CancelAfter(30_000)]
    public async Task A_process_that_throws_at_every_call_is_restarted_and_removed_all_the_same(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Wrap = process => new FaultyProcess(process) { Throws = true });
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        var former = scripted.Process;
        var restarting = context.RestartAsync(cancellationToken);
        (await running.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Restarted);
        await restarting;
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);

        former.Signals.Items.Should().BeEmpty();
        scripted.Log.Text.Should().Contain("The process is out of reach.");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_process_whose_end_cannot_be_waited_for_counts_as_ended(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var exited = new TaskCompletionSource<KernelExit>(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.Wrap = process => new FaultyProcess(process) { ExitedInstead = exited.Task };
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        scripted.Wrap = null;

        exited.SetException(new IOException("The service is away."));
        await scripted.Kernel.StopAsync();

        (await running.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.KernelDied);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_process_that_never_ends_and_a_disposal_that_never_returns_are_given_up(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource<KernelExit>();
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Wrap = process =>
            new FaultyProcess(process) { ExitedInstead = never.Task, DisposalWaitsFor = never.Task });
        var context = await scripted.CreateContextAsync(cancellationToken);
        var rung = scripted.Options.Kernels.ShutdownGrace;

        var removing = scripted.Gateway.Contexts.RemoveAsync(context.Id);
        for (var number = 1; number <= 3; number++)
        {
            await scripted.Time.WaitForTimerAsync(rung, number, cancellationToken);
            scripted.Time.Advance(rung);
        }

        await scripted.Time.WaitForTimerAsync(GuardedProcess.DisposalLimit, cancellationToken);
        scripted.Time.Advance(GuardedProcess.DisposalLimit);

        await removing.WaitAsync(cancellationToken);
        scripted.Process.Signals.Items.Should().Equal("SIGTERM", "SIGKILL");
        await scripted.Log.WaitForAsync(3131, cancellationToken);
        await scripted.Process.DisposeAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_interrupt_that_never_returns_delays_neither_output_nor_the_restart(CancellationToken cancellationToken)
    {
        using var never = new ManualResetEventSlim();
        await using var scripted = await tested.StartGatewayAsync(gateway =>
        {
            gateway.Options.Kernels.InterruptGrace = GuardedProcess.SignalLimit + TimeSpan.FromSeconds(1);
            gateway.Wrap = process => new FaultyProcess(process) { InterruptBlocksFor = never };
        });
        try
        {
            var context = await scripted.CreateContextAsync(cancellationToken);
            scripted.Wrap = null;
            var running = context.Submit("wait gate");
            var request = await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

            var interrupting = running.InterruptAsync(cancellationToken);
            for (var attempt = 1; attempt <= 2; attempt++)
            {
                await scripted.Time.WaitForTimerAsync(scripted.Options.Kernels.InterruptGrace, attempt, cancellationToken);
                if (attempt == 1)
                {
                    await request.StreamAsync("stdout", "still running");
                    await running.ReadEventsAsync(0, cancellationToken).OfType<StreamEvent>().FirstAsync(cancellationToken);
                }

                scripted.Time.Advance(scripted.Options.Kernels.InterruptGrace);
            }

            await scripted.Time.WaitForTimerAsync(GuardedProcess.SignalLimit, 3, cancellationToken);
            scripted.Time.Advance(GuardedProcess.SignalLimit);
            (await interrupting.WaitAsync(cancellationToken)).Should().BeTrue();
            running.Logs.Stdout.Should().Equal("still running");
            (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        }
        finally
        {
            never.Set();
        }
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_start_ends_at_once_when_the_process_has_ended(CancellationToken cancellationToken)
    {
        var exited = Task.FromResult(new KernelExit(7, null));
        await using var scripted = await tested.StartGatewayAsync(gateway =>
        {
            gateway.Prepare = kernel => kernel.IsSilent = true;
            gateway.Wrap = process => new FaultyProcess(process) { ExitedInstead = exited };
        });

        // The sockets stay open. The reported exit of the process is what ends the start.
        var creating = scripted.CreateContextAsync(cancellationToken);
        await scripted.Time.WaitForTimerAsync(DrainSilence, 2, cancellationToken);
        scripted.Time.Advance(DrainSilence);

        var failure = (await FluentActions.Awaiting(() => creating.WaitAsync(cancellationToken)).Should().ThrowAsync<KernelLaunchException>()).Which;
        failure.Reason.Should().Be(LaunchFailureReason.ExitedEarly);
        failure.Exit.Should().Be(new KernelExit(7, null));
    }
}
