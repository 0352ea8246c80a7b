using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class KernelLifecycleTests(TestedTransport tested)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_kernel_is_ready_only_when_its_iopub_is_known_to_be_subscribed(CancellationToken cancellationToken)
    {
        // The statuses of the first two requests are lost, as if the subscription had not reached the kernel yet.
        var replies = 0;
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Prepare = kernel => kernel.Tamper = outgoing =>
        {
            if (outgoing.Message.MessageType == MessageTypes.KernelInfoReply) replies++;
            return outgoing.Channel == KernelChannel.IOPub && replies < 3 ? null : outgoing.Frames;
        });
        var creating = scripted.CreateContextAsync(cancellationToken);

        // A reply alone does not make the kernel ready. The request is repeated after growing pauses.
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
        creating.IsCompleted.Should().BeFalse();
        scripted.Time.Advance(TimeSpan.FromMilliseconds(20));
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromMilliseconds(40), cancellationToken);
        creating.IsCompleted.Should().BeFalse();
        scripted.Time.Advance(TimeSpan.FromMilliseconds(40));

        var context = await creating;
        replies.Should().BeGreaterThanOrEqualTo(3);
        context.Kernel.State.Should().Be(KernelState.Ready);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_kernel_that_never_answers_is_ended_at_the_deadline(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Prepare = kernel => kernel.IsSilent = true);
        var creating = scripted.CreateContextAsync(cancellationToken);
        await scripted.Processes.WaitForAsync(_ => true, cancellationToken);

        scripted.Time.Advance(TimeSpan.FromSeconds(60));

        (await FluentActions.Awaiting(() => creating).Should().ThrowAsync<KernelLaunchException>())
            .Which.Reason.Should().Be(LaunchFailureReason.NotReadyInTime);
        scripted.Process.Signals.Items.Should().Contain("SIGKILL");
        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_interrupts_code_of_other_clients_and_does_not_wait_for_it(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var former = scripted.Process;
        var request = MessageFactory.StartSession().Create(new ExecuteRequest { Code = "wait for ever" });
        await context.Kernel.SendAsync(KernelChannel.Shell, request, cancellationToken);
        await former.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        await context.RestartAsync(cancellationToken);

        former.Signals.Items.Should().Equal("SIGINT");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_that_was_asked_for_ends_the_talk_of_an_earlier_death(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        await seen.States.WaitForAsync(one => one.State == KernelState.Ready, cancellationToken);
        context.Kernel.LastFailure.Should().Contain("SIGKILL");

        await context.RestartAsync(cancellationToken);

        context.Kernel.LastFailure.Should().BeNull();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_idle_context_has_no_timer_and_sends_nothing(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        await context.RunAsync("print x", cancellationToken: cancellationToken);
        var received = scripted.Kernel.Received.Count;

        scripted.Time.ActiveTimers.Should().Be(0);
        scripted.Time.Advance(TimeSpan.FromDays(1));

        scripted.Kernel.Received.Count.Should().Be(received);
        scripted.Kernel.Heartbeats.Count.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Death_ends_the_running_execution_and_waiting_ones_run_on_the_next_process(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        var waiting = context.Submit("return 2");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        scripted.Process.StandardErrorTail = "Killed for a reason";

        await scripted.Process.ExitAsync(new KernelExit(null, 11));

        var end = await running.Ended;
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Signal.Should().Be(11);
        end.Message.Should().Contain("Killed for a reason");
        (await waiting.WaitAsync(cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        scripted.Processes.Count.Should().Be(2);
        scripted.Processes.Items[0].Kernel.Received.Items
            .Count(received => received.Message!.MessageType == MessageTypes.ExecuteRequest)
            .Should().Be(1, "the queued code was never sent to the process that died");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Five_deaths_in_a_row_are_enough(CancellationToken cancellationToken)
    {
        // This duration differs from those that the test waits for.
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.Kernels.CompletionGrace = TimeSpan.FromSeconds(77));
        var context = await scripted.CreateContextAsync(cancellationToken);
        for (var death = 1; death <= 6; death++)
        {
            var running = context.Submit("wait gate");

            // The first restart happens at once, the later ones after growing pauses.
            if (death > 2)
            {
                var pause = TimeSpan.FromMilliseconds(500) * Math.Pow(2, death - 3);
                await scripted.Time.WaitForTimerAsync(pause, cancellationToken);
                scripted.Time.Advance(pause);
            }

            await scripted.Processes.WaitForAsync(_ => true, death, cancellationToken);
            await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
            await scripted.Process.ExitAsync(new KernelExit(1, null));
            (await running.Ended).Reason.Should().Be(ExecutionEndReason.KernelDied);
        }

        var refused = await context.RunAsync("return 1", cancellationToken: cancellationToken);

        refused.End.Reason.Should().Be(ExecutionEndReason.Rejected);
        context.Kernel.State.Should().Be(KernelState.Dead);
        scripted.Processes.Count.Should().Be(6);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_shutdown_ladder_asks_then_terminates_then_kills(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.Ignore(MessageTypes.ShutdownRequest);
        scripted.Process.EndsWhenTerminated = false;
        var rung = scripted.Options.Kernels.ShutdownGrace;

        var removing = scripted.Gateway.Contexts.RemoveAsync(context.Id);
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ShutdownRequest, cancellationToken);
        scripted.Process.Signals.Count.Should().Be(0);
        await scripted.Time.WaitForTimerAsync(rung, cancellationToken);
        scripted.Time.Advance(rung);
        await scripted.Process.Signals.WaitForAsync(signal => signal == "SIGTERM", cancellationToken);
        await scripted.Time.WaitForTimerAsync(rung, 2, cancellationToken);
        scripted.Time.Advance(rung);

        await removing;
        scripted.Process.Signals.Items.Should().StartWith(["SIGTERM", "SIGKILL"]);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_takes_fresh_sockets_and_nothing_sent_before_reaches_the_new_process(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var first = scripted.Kernel;

        await context.RestartAsync(cancellationToken);

        (await running.Ended).Reason.Should().Be(ExecutionEndReason.Restarted);
        scripted.Kernel.Should().NotBeSameAs(first);
        scripted.Kernel.ConnectionInfo.Should().NotBe(first.ConnectionInfo);
        scripted.Kernel.Received.Items.Should().NotContain(received => received.Message!.MessageType == MessageTypes.ExecuteRequest);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_key_of_a_kernel_is_never_logged(CancellationToken cancellationToken)
    {
        await using (var scripted = await tested.StartGatewayAsync())
        {
            var context = await scripted.CreateContextAsync(cancellationToken);
            await context.RunAsync("print hello", cancellationToken: cancellationToken);
            await scripted.Process.ExitAsync(new KernelExit(1, null));
            await scripted.Processes.WaitForAsync(_ => true, 2, cancellationToken);

            scripted.Log.Entries.Should().NotBeEmpty();
            scripted.Log.Text.Should().NotContain(scripted.Kernel.ConnectionInfo.Key);
        }
    }
}
