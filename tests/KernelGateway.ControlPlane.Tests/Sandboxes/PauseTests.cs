using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>Pause and resume, and what happens when they fail or meet.</summary>
[CancelAfter(60_000)]
public sealed class PauseTests
{
    [Test]
    public async Task Fifty_pauses_and_resumes_in_a_row_work(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        for (var i = 0; i < 50; i++)
        {
            await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);
            bench.Engine.Sandboxes[sandbox.Id].IsPaused.Should().BeTrue();
            (await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken)).IsResumed.Should().BeTrue();
            bench.Engine.Sandboxes[sandbox.Id].IsPaused.Should().BeFalse();
        }

        sandbox.State.Should().Be(SandboxState.Running);
    }

    [Test]
    public async Task Second_pause_is_a_conflict_with_the_message_that_clients_know(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);

        (await bench.Awaiting(x => x.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true)).Should().ThrowAsync<SandboxException>()
            .WithMessage($"Error pausing sandbox - sandbox '{sandbox.Id}' is already paused")).Which.Failure.Should().Be(SandboxFailure.Conflict);
    }

    [Test]
    public async Task Timeout_of_a_paused_sandbox_is_not_found_and_of_one_being_paused_a_conflict(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (begun, release) = bench.Engine.Hold("pause");
        var pause = bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);
        await begun.WaitAsync(cancellationToken);

        (await SetTimeoutAsync()).Should().Be(SandboxFailure.Conflict);
        release.SetResult();
        await pause;
        (await SetTimeoutAsync()).Should().Be(SandboxFailure.NotFound);

        async Task<SandboxFailure> SetTimeoutAsync() =>
            (await bench.Awaiting(x => x.Manager.SetTimeoutAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(5))).Should().ThrowAsync<SandboxException>())
            .Which.Failure;
    }

    [Test]
    public async Task Connect_during_a_pause_waits_for_it_and_resumes(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (begun, release) = bench.Engine.Hold("pause");
        var pause = bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);
        await begun.WaitAsync(cancellationToken);

        var connect = bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken);
        connect.IsCompleted.Should().BeFalse();
        release.SetResult();

        await pause;
        (await connect).IsResumed.Should().BeTrue();
    }

    [Test]
    public async Task Two_resumes_at_once_both_work(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken)));

        answers.Count(answer => answer.IsResumed).Should().Be(1);
        bench.Engine.Calls.Count(call => call.StartsWith("resume")).Should().Be(1);
    }

    [Test]
    public async Task Failed_pause_leaves_the_sandbox_running(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        bench.Engine.Fail("pause");

        await bench.Awaiting(x => x.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true)).Should().ThrowAsync<SandboxException>();

        sandbox.State.Should().Be(SandboxState.Running);
        (await bench.ReadStoredAsync(cancellationToken)).Single().State.Should().Be(StoredState.Running);
    }

    [Test]
    public async Task Failed_resume_leaves_the_sandbox_paused_and_can_be_repeated(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);
        bench.Engine.Fail("resume");

        await bench.Awaiting(x => x.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken)).Should().ThrowAsync<SandboxException>();
        sandbox.State.Should().Be(SandboxState.Paused);

        bench.Engine.Mend("resume");
        (await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken)).IsResumed.Should().BeTrue();
    }

    [Test]
    public async Task Kill_during_a_pause_wins(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (begun, release) = bench.Engine.Hold("pause");
        var pause = bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);
        await begun.WaitAsync(cancellationToken);

        var kill = bench.Manager.KillAsync(bench.Team, sandbox.Id);
        release.SetResult();

        await Task.WhenAll(pause, kill);
        sandbox.State.Should().Be(SandboxState.Gone);
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Pause_without_memory_keeps_the_files_and_starts_from_them(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);

        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: false);
        bench.Engine.Sandboxes.Should().BeEmpty();
        var files = sandbox.Record.Files;
        Directory.Exists(files).Should().BeTrue();

        await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken);
        bench.Engine.Sandboxes[sandbox.Id].Specification.Files.Should().Be(files);
        Directory.Exists(files).Should().BeFalse("the sandbox has them");
        sandbox.State.Should().Be(SandboxState.Running, "the end of the first incarnation is not that of the second");
    }

    [Test]
    public async Task Start_from_files_that_fails_keeps_them(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: false);
        bench.Engine.Fail("create");

        await bench.Awaiting(x => x.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken)).Should().ThrowAsync<SandboxException>();

        sandbox.State.Should().Be(SandboxState.Paused);
        Directory.Exists(sandbox.Record.Files).Should().BeTrue();
    }

    [Test]
    public async Task Paused_sandbox_takes_no_place_and_a_resume_needs_one(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(new TeamRecord("team", "acme", MaxRunning: 1, 0, 0));
        var first = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, first.Id, keepsMemory: true);
        var second = await bench.CreateAsync(cancellationToken);

        (await bench.Awaiting(x => x.Manager.ConnectAsync(bench.Team, first.Id, TimeSpan.FromSeconds(60), cancellationToken)).Should().ThrowAsync<SandboxException>())
            .Which.Failure.Should().Be(SandboxFailure.LimitReached);
        first.State.Should().Be(SandboxState.Paused);

        await bench.Manager.KillAsync(bench.Team, second.Id);
        await bench.Manager.ConnectAsync(bench.Team, first.Id, TimeSpan.FromSeconds(60), cancellationToken);
    }

    [Test]
    public async Task Paused_sandbox_whose_processes_end_is_removed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: true);

        bench.Engine.Sandboxes[sandbox.Id].End.SetResult(new SandboxEnd(137, WasOutOfMemory: false, LogTail: ""));

        await sandbox.WhenNot(SandboxState.Paused).WaitAsync(cancellationToken);
        await sandbox.WhenNot(SandboxState.Killing).WaitAsync(cancellationToken);
        sandbox.State.Should().Be(SandboxState.Gone);
    }
}
