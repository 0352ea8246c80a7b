using FluentAssertions;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>When sandboxes end or are paused by themselves, and what extends their lives.</summary>
[CancelAfter(60_000)]
public sealed class LifetimeTests
{
    [Test]
    public async Task Sandbox_ends_when_its_time_is_up_and_not_before(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 30));

        bench.Time.Advance(TimeSpan.FromSeconds(29.9));
        sandbox.State.Should().Be(SandboxState.Running);
        bench.Time.Advance(TimeSpan.FromSeconds(0.2));

        await GoneAsync(sandbox, cancellationToken);
        bench.Engine.Sandboxes.Should().BeEmpty();
    }

    [Test]
    public async Task Refresh_is_not_longer_than_the_longest_lifetime(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 30));
        var end = sandbox.Record.EndAt;

        await bench.Manager.Awaiting(manager => manager.RefreshAsync(bench.Team, sandbox.Id, TimeSpan.FromHours(25)))
            .Should().ThrowAsync<SandboxException>().WithMessage("Timeout cannot be greater than 24 hours");

        sandbox.Record.EndAt.Should().Be(end);
    }

    [Test]
    public async Task Step_of_the_wall_clock_ends_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 30));

        bench.Time.StepWallTime(TimeSpan.FromHours(2));
        bench.Time.Advance(TimeSpan.FromSeconds(2));

        sandbox.State.Should().Be(SandboxState.Running);
        bench.Time.Advance(TimeSpan.FromSeconds(29));
        await GoneAsync(sandbox, cancellationToken);
    }

    [Test]
    public async Task Connect_extends_and_never_shortens(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 300));
        var end = sandbox.Record.EndAt;

        var shorter = await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(10), cancellationToken);
        sandbox.Record.EndAt.Should().Be(end);
        shorter.IsResumed.Should().BeFalse();

        await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(600), cancellationToken);
        sandbox.Record.EndAt.Should().Be(end + TimeSpan.FromSeconds(300));
    }

    [Test]
    public async Task Set_timeout_shortens_and_lengthens(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 300));

        await bench.Manager.SetTimeoutAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(400));
        bench.Time.Advance(TimeSpan.FromSeconds(350));
        sandbox.State.Should().Be(SandboxState.Running);

        await bench.Manager.SetTimeoutAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(5));
        bench.Time.Advance(TimeSpan.FromSeconds(6));
        await GoneAsync(sandbox, cancellationToken);
    }

    [Test]
    public async Task Negative_timeout_ends_the_sandbox_at_once(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);

        await bench.Manager.SetTimeoutAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(-5));
        bench.Time.Advance(TimeSpan.FromMilliseconds(5));

        await GoneAsync(sandbox, cancellationToken);
    }

    [Test]
    public async Task Refresh_of_a_first_generation_client_keeps_a_fifteen_second_sandbox_and_never_cuts_a_longer_one(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 15));
        for (var i = 0; i < 10; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(5));
            await bench.Manager.RefreshAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(15));
        }

        await bench.Manager.RefreshAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(3600));
        var end = sandbox.Record.EndAt;
        await bench.Manager.RefreshAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(15));

        sandbox.Record.EndAt.Should().Be(end);
        sandbox.State.Should().Be(SandboxState.Running);
    }

    [Test]
    public async Task Sandbox_that_pauses_at_its_end_is_paused_and_can_be_resumed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 10) with { PausesAtEnd = true });

        bench.Time.Advance(TimeSpan.FromSeconds(11));
        await sandbox.WhenNot(SandboxState.Running).WaitAsync(cancellationToken);
        await sandbox.WhenNot(SandboxState.Pausing).WaitAsync(cancellationToken);
        sandbox.State.Should().Be(SandboxState.Paused);

        bench.Time.Advance(TimeSpan.FromDays(3));
        sandbox.State.Should().Be(SandboxState.Paused, "the time of a pause does not count");
        var (_, isResumed) = await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken);
        isResumed.Should().BeTrue();
        sandbox.Record.EndAt.Should().Be(bench.Time.GetUtcNow() + TimeSpan.FromSeconds(60));
    }

    [Test]
    public async Task Pause_at_the_end_that_fails_keeps_the_sandbox_and_is_tried_again(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 10) with { PausesAtEnd = true });
        bench.Engine.Fail("pause");
        var end = sandbox.Record.EndAt;

        bench.Time.Advance(TimeSpan.FromSeconds(10.5));
        await bench.Log.WaitForAsync(7201, cancellationToken);
        bench.Engine.Mend("pause");
        while (sandbox.Record.EndAt == end || sandbox.State != SandboxState.Running) await Task.Yield();
        bench.Time.Advance(TimeSpan.FromSeconds(11));

        await sandbox.WhenNot(SandboxState.Running).WaitAsync(cancellationToken);
        await sandbox.WhenNot(SandboxState.Pausing).WaitAsync(cancellationToken);
        sandbox.State.Should().Be(SandboxState.Paused);
    }

    [Test]
    public async Task Lifetime_goes_on_over_a_restart_by_the_clock_of_the_boot(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var id = (await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 60))).Id;
        bench.Time.StepWallTime(TimeSpan.FromHours(5));
        bench.Time.Advance(TimeSpan.FromSeconds(30));

        await bench.RestartAsync();

        var sandbox = bench.Manager.Get(bench.Team, id);
        sandbox.State.Should().Be(SandboxState.Running, "the step of the wall clock does not count");
        bench.Time.Advance(TimeSpan.FromSeconds(31));
        await GoneAsync(sandbox, cancellationToken);
    }

    [Test]
    public async Task Lifetime_goes_by_the_wall_clock_after_a_reboot(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var id = (await bench.CreateAsync(cancellationToken, PlaneBench.Request(seconds: 60))).Id;
        bench.Time.StepWallTime(TimeSpan.FromSeconds(50));

        await bench.RestartAsync("boot-2");

        var sandbox = bench.Manager.Get(bench.Team, id);
        bench.Time.Advance(TimeSpan.FromSeconds(11));
        await GoneAsync(sandbox, cancellationToken);
    }

    private static async Task GoneAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        await sandbox.WhenNot(SandboxState.Running).WaitAsync(cancellationToken);
        await sandbox.WhenNot(SandboxState.Killing).WaitAsync(cancellationToken);
        sandbox.State.Should().Be(SandboxState.Gone);
    }
}
