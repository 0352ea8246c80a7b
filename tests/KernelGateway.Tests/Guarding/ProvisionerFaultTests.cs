using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ProvisionerFaultTests(TestedTransport tested)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    [Test]
    [CancelAfter(30_000)]
    public async Task Any_exception_at_an_automatic_restart_leads_to_another_attempt(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var failures = 0;
        scripted.Launching = _ =>
        {
            if (++failures == 1) throw new HttpRequestException("The service is away.");
        };
        await scripted.KillAsync(context, cancellationToken);

        var waiting = context.RunAsync("return 1", cancellationToken: cancellationToken);
        await scripted.Time.WaitForTimerAsync(FirstPause, cancellationToken);
        scripted.Time.Advance(FirstPause);

        (await waiting).End.Reason.Should().Be(ExecutionEndReason.Completed);
        context.Kernel.AutomaticRestarts.Should().Be(1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task When_it_continues_to_throw_waiters_are_notified_and_the_kernel_is_started_later(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Launching = _ => throw new HttpRequestException("The service is away.");
        await scripted.KillAsync(context, cancellationToken);

        var waiting = context.RunAsync("return 1", cancellationToken: cancellationToken);
        await AdvanceByPausesAsync(scripted, 1, 4, cancellationToken);

        var end = (await waiting).End;
        end.Reason.Should().Be(ExecutionEndReason.Rejected);
        end.IsStatePreserved.Should().BeFalse();
        end.Message.Should().Contain("The service is away.");
        context.Kernel.State.Should().Be(KernelState.Dead);

        scripted.Launching = null;
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        await AdvanceByPausesAsync(scripted, 5, 5, cancellationToken);
        await seen.States.WaitForAsync(one => one.State == KernelState.Ready, cancellationToken);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_missing_working_directory_does_not_use_up_the_restarts(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Launching = launch => throw new KernelLaunchException(
            LaunchFailureReason.WorkingDirectoryNotFound, launch.Spec.Name, "The working directory does not exist.");
        await scripted.KillAsync(context, cancellationToken);

        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Message.Should().Contain("does not exist");
        await AdvanceByPausesAsync(scripted, 1, 7, cancellationToken);
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromSeconds(40), cancellationToken);
        scripted.Launching = null;
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        scripted.Time.Advance(TimeSpan.FromSeconds(40));

        await seen.States.WaitForAsync(one => one.State == KernelState.Ready, cancellationToken);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        context.Kernel.AutomaticRestarts.Should().Be(1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task One_that_never_returns_is_given_up_and_its_late_process_ended(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.LaunchingAsync = (_, token) =>
        {
            token.Register(() => throw new InvalidOperationException("The provisioner cannot be stopped."));
            launching.SetResult();
            return late.Task;
        };

        var creating = scripted.CreateContextAsync(cancellationToken);

        // The callback must be registered before the token is cancelled: Register on a cancelled token calls it at once, which would fail the launch.
        await launching.Task.WaitAsync(cancellationToken);
        await scripted.Time.WaitForTimerAsync(scripted.Options.Kernels.StartTimeout, cancellationToken);
        scripted.Time.Advance(scripted.Options.Kernels.StartTimeout);
        await scripted.Time.WaitForTimerAsync(GuardedProvisioner.CancelLimit, cancellationToken);
        scripted.Time.Advance(GuardedProvisioner.CancelLimit);

        (await FluentActions.Awaiting(() => creating).Should().ThrowAsync<KernelLaunchException>())
            .Which.Reason.Should().Be(LaunchFailureReason.NotReadyInTime);
        scripted.LaunchingAsync = null;
        late.SetResult();
        var process = await scripted.Processes.WaitForAsync(_ => true, cancellationToken);
        await process.Exited.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Disposal_ends_a_creation_that_is_under_way_and_waits_for_its_end(CancellationToken cancellationToken)
    {
        var scripted = await StartAsync();
        var cleaning = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.LaunchingAsync = async (_, token) =>
        {
            launching.SetResult();
            using var registration = token.Register(stopped.SetResult);
            await stopped.Task;
            await cleaning.Task;
            token.ThrowIfCancellationRequested();
        };
        var creating = scripted.CreateContextAsync(cancellationToken);
        await launching.Task.WaitAsync(cancellationToken);

        var disposing = scripted.DisposeAsync().AsTask();
        await stopped.Task.WaitAsync(cancellationToken);
        disposing.IsCompleted.Should().BeFalse("the cancelled launch is still cleaning up");
        cleaning.SetResult();

        await disposing.WaitAsync(cancellationToken);
        await FluentActions.Awaiting(() => creating).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Disposal_does_not_wait_for_a_creation_that_cannot_be_ended(CancellationToken cancellationToken)
    {
        var scripted = await StartAsync();
        var launching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.LaunchingAsync = (_, _) =>
        {
            launching.SetResult();
            return Task.Delay(Timeout.Infinite, CancellationToken.None);
        };
        var creating = scripted.CreateContextAsync(cancellationToken);
        await launching.Task.WaitAsync(cancellationToken);

        var disposing = scripted.DisposeAsync().AsTask();
        await scripted.Time.WaitForTimerAsync(GuardedProvisioner.CancelLimit, cancellationToken);
        scripted.Time.Advance(GuardedProvisioner.CancelLimit);

        await disposing.WaitAsync(cancellationToken);
        await FluentActions.Awaiting(() => creating).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_shutdown_ends_the_attempts_to_bring_a_kernel_back(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Launching = _ => throw new HttpRequestException("The service is away.");
        await scripted.KillAsync(context, cancellationToken);
        var waiting = context.Submit("return 1");
        await scripted.Time.WaitForTimerAsync(FirstPause, cancellationToken);

        await scripted.Gateway.Contexts.RemoveAsync(context.Id);

        (await waiting.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Removed);
        scripted.Time.ActiveTimers.Should().Be(0);
    }

    // These durations differ from those that the tests wait for.
    private Task<ScriptedGateway> StartAsync() => tested.StartGatewayAsync(gateway =>
    {
        gateway.Options.Kernels.CompletionGrace = TimeSpan.FromSeconds(77);
        gateway.Options.Kernels.RequestTimeout = TimeSpan.FromSeconds(78);
    });

    // The pauses are 0.5, 1, 2, 4, 8, 16 and 32 seconds, then always 40 seconds.
    private static async Task AdvanceByPausesAsync(ScriptedGateway scripted, int first, int last, CancellationToken cancellationToken)
    {
        for (var pause = first; pause <= last; pause++)
        {
            var duration = FirstPause * Math.Pow(2, pause - 1);
            await scripted.Time.WaitForTimerAsync(duration, cancellationToken);
            scripted.Time.Advance(duration);
        }
    }
}
