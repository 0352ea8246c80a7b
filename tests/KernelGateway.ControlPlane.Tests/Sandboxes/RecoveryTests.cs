using FluentAssertions;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>What a control plane finds after one that was killed.</summary>
[CancelAfter(60_000)]
public sealed class RecoveryTests
{
    [Test]
    public async Task Running_and_paused_sandboxes_go_on_with_the_same_tokens(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var running = (await bench.CreateAsync(cancellationToken)).Id;
        var paused = (await bench.CreateAsync(cancellationToken)).Id;
        await bench.Manager.PauseAsync(bench.Team, paused, keepsMemory: true);
        var token = bench.Manager.Tokens.AccessToken(running);

        await bench.RestartAsync();

        bench.Manager.Get(bench.Team, running).State.Should().Be(SandboxState.Running);
        bench.Manager.Get(bench.Team, paused).State.Should().Be(SandboxState.Paused);
        bench.Manager.Tokens.AccessToken(running).Should().Be(token);
        await bench.Manager.ConnectAsync(bench.Team, paused, TimeSpan.FromSeconds(60), cancellationToken);
        await bench.Manager.KillAsync(bench.Team, running);
    }

    [Test]
    public async Task Create_that_was_never_answered_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var (begun, _) = bench.Engine.Hold("connect");
        var create = bench.CreateAsync(cancellationToken);
        await begun.WaitAsync(cancellationToken);
        bench.Engine.Sandboxes.Should().HaveCount(1);
        var former = bench.Lifecycle;

        await bench.RestartAsync();

        // The former control plane lives on here, notices the end of its sandbox, and is refused by the database, whose directory the bench removes.
        await create.Awaiting(it => it).Should().ThrowAsync<SandboxException>();
        former.WhenLost.IsCompleted.Should().BeTrue();

        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        bench.Lifecycle.All.Should().BeEmpty();
    }

    [Test]
    public async Task Kill_that_was_interrupted_is_completed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (begun, _) = bench.Engine.Hold("kill");
        _ = bench.Manager.KillAsync(bench.Team, sandbox.Id);
        await begun.WaitAsync(cancellationToken);
        bench.Engine.Mend("kill");

        await bench.RestartAsync();

        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Sandbox_that_nobody_knows_is_ended(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var known = await bench.CreateAsync(cancellationToken);
        await bench.Engine.CreateAsync(
            bench.Engine.Sandboxes[known.Id].Specification with { Id = SandboxId.Create() }, cancellationToken);

        await bench.RestartAsync();

        bench.Engine.Sandboxes.Keys.Should().Equal(known.Id);
    }

    [Test]
    public async Task Sandbox_that_ended_meanwhile_is_forgotten(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        await bench.StopAsync();
        await bench.Engine.KillAsync(sandbox.Id, null, cancellationToken);

        await bench.RestartAsync();

        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Pause_without_memory_that_was_interrupted_after_the_files_were_moved_has_happened(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var files = bench.Plane.NewPausedFiles(sandbox.Id);
        await bench.Store.ChangeAsync(sandbox.Record with { PendingFiles = files }, cancellationToken);
        await bench.StopAsync();
        await bench.Engine.KillAsync(sandbox.Id, files, cancellationToken);

        await bench.RestartAsync();

        bench.Manager.Get(bench.Team, sandbox.Id).State.Should().Be(SandboxState.Paused);
        await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(60), cancellationToken);
        bench.Engine.Sandboxes[sandbox.Id].Specification.Files.Should().Be(files);
    }

    [Test]
    public async Task Files_that_belong_to_no_sandbox_are_removed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var left = Directory.CreateDirectory(Path.Combine(bench.Files, "ileft-1")).FullName;

        await bench.RestartAsync();

        Directory.Exists(left).Should().BeFalse();
    }

    [Test]
    public async Task Control_plane_that_another_has_followed_changes_nothing_and_says_that_it_must_stop(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (old, manager) = (bench.Lifecycle, bench.Manager);

        await bench.RestartAsync();

        await manager.Awaiting(x => x.SetTimeoutAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(5))).Should().ThrowAsync<EpochLostException>();
        old.WhenLost.IsCompleted.Should().BeTrue();
        (await bench.ReadStoredAsync(cancellationToken)).Single().Timeout.Should().Be(TimeSpan.FromSeconds(300));
    }
}
