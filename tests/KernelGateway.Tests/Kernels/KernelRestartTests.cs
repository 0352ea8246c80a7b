using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Logging;
using KernelGateway.Tests.Transports;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class KernelRestartTests(TestedTransport tested)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_that_cannot_succeed_is_refused_and_the_context_continues(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        var waiting = context.Submit("return 2");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        scripted.Checking = launch => throw new KernelLaunchException(
            LaunchFailureReason.WorkingDirectoryNotFound, launch.Spec.Name, "The working directory is gone.");

        (await FluentActions.Awaiting(() => context.RestartAsync(cancellationToken)).Should().ThrowAsync<KernelRestartRefusedException>())
            .WithMessage("*is as it was*The working directory is gone.*").Which.IsTransient.Should().BeFalse();

        context.Kernel.State.Should().Be(KernelState.Ready);
        scripted.Kernel.Release("gate");
        foreach (var execution in new[] { running, waiting })
        {
            var end = await execution.Ended.WaitAsync(cancellationToken);
            end.Reason.Should().Be(ExecutionEndReason.Completed);
            end.IsStatePreserved.Should().BeTrue();
        }

        scripted.Processes.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_that_fails_after_the_old_process_has_ended_reports_the_lost_state(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Launching = launch => throw new KernelLaunchException(LaunchFailureReason.AddressInUse, launch.Spec.Name, "No address is free.");

        await FluentActions.Awaiting(() => context.RestartAsync(cancellationToken)).Should().ThrowAsync<KernelLaunchException>();

        var end = (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End;
        end.Reason.Should().Be(ExecutionEndReason.Rejected);
        end.IsStatePreserved.Should().BeFalse();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_restart_by_the_gateway_names_the_execution_in_the_log_and_is_made_up_for_later(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var process = scripted.Process;
        process.HandlesInterrupts = false;
        var grace = scripted.Options.Kernels.InterruptGrace;
        var execution = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        scripted.Launching = _ => throw new HttpRequestException("The service is away.");

        var interrupting = execution.InterruptAsync(cancellationToken);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await process.Signals.WaitForAsync(signal => signal == "SIGINT", attempt, cancellationToken);
            await scripted.Time.WaitForTimerAsync(grace, attempt, cancellationToken);
            scripted.Time.Advance(grace);
        }

        await interrupting;
        (await execution.Ended).IsStatePreserved.Should().BeFalse();
        var line = await scripted.Log.WaitForAsync(3138, cancellationToken);
        line.Level.Should().Be(LogLevel.Information);
        line.Message.Should().Contain(execution.Id).And.Contain(context.Id);

        // The first attempt after the failed restart happens at once, the next after a pause.
        var pause = TimeSpan.FromMilliseconds(500);
        await scripted.Time.WaitForTimerAsync(pause, cancellationToken);
        scripted.Launching = null;
        scripted.Time.Advance(pause);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
    }
}
