using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>Sandboxes that are started before a request asks for them.</summary>
[CancelAfter(60_000)]
public sealed class ReadyPoolTests
{
    private const string Template = "code-interpreter-v1";

    [Test]
    public async Task Create_takes_a_started_sandbox_and_gives_it_what_the_request_says(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);
        var request = Request() with
        {
            Variables = new Dictionary<string, string> { ["A"] = "1" },
            Metadata = new Dictionary<string, string> { ["owner"] = "me" },
        };

        var sandbox = await bench.CreateAsync(cancellationToken, request);

        sandbox.Id.Should().Be(ready.Single());
        sandbox.State.Should().Be(SandboxState.Running);
        sandbox.Record.Deadline.Should().Be(Lifetimes.Now(bench.Time) + TimeSpan.FromSeconds(60));
        bench.Engine.Sandboxes[sandbox.Id].Sidecar.Requests[^1]
            .Should().StartWith("POST /init").And.EndWith("""{"envVars":{"A":"1"}}""");
        bench.Manager.List(bench.Team).Should().Equal(sandbox);
        var stored = (await bench.ReadStoredAsync(cancellationToken)).Single();
        stored.Id.Should().Be(sandbox.Id);
        stored.State.Should().Be(StoredState.Running);
        stored.Metadata.Should().Contain("owner", "me");
        bench.Engine.Sandboxes[sandbox.Id].Specification.Environment.Values
            .Should().Contain(bench.Manager.Tokens.AccessToken(sandbox.Id));
    }

    [Test]
    public async Task Sandboxes_of_the_pool_have_their_kernels_and_are_not_listed_stored_or_counted(
        CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(2, new TeamRecord("team", "acme", MaxRunning: 1, 0, 0));

        var ready = await WhenReadyAsync(bench, 2, cancellationToken);

        bench.Engine.Sandboxes[ready[0]].Sidecar.Requests[^1].Should().StartWith("POST /execute");
        bench.Manager.List(bench.Team).Should().BeEmpty();
        bench.Manager.Find(ready[0]).Should().BeNull();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        await bench.CreateAsync(cancellationToken, Request());   // the team's only place
        var act = () => bench.CreateAsync(cancellationToken, Request());
        (await act.Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.LimitReached);
    }

    [Test]
    public async Task Taken_sandbox_is_replaced_and_an_ended_one_is_not_used_again(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        await WhenReadyAsync(bench, 1, cancellationToken);
        var sandbox = await bench.CreateAsync(cancellationToken, Request());
        await bench.Manager.KillAsync(bench.Team, sandbox.Id);

        await bench.Time.WaitForTimerAsync(ReadyPool.Quiet, cancellationToken);
        bench.Time.Advance(ReadyPool.Quiet);

        (await WhenReadyAsync(bench, 2, cancellationToken))[^1].Should().NotBe(sandbox.Id);
    }

    [Test]
    public async Task Pool_without_sandboxes_lets_a_create_start_one(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        await WhenReadyAsync(bench, 1, cancellationToken);
        var first = await bench.CreateAsync(cancellationToken, Request());

        var second = await bench.CreateAsync(cancellationToken, Request());

        second.Id.Should().NotBe(first.Id);
        second.State.Should().Be(SandboxState.Running);
    }

    [TestCase("network")]
    [TestCase("template")]
    public async Task Sandbox_that_is_to_be_another_one_is_not_taken_from_the_pool(
        string difference, CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);
        var request = difference == "network"
            ? Request() with { Network = new NetworkRecord { AllowInternetAccess = false } }
            : PlaneBench.Request();

        var sandbox = await bench.CreateAsync(cancellationToken, request);

        ready.Should().NotContain(sandbox.Id);
        bench.Lifecycle.CountReady(Template).Should().Be(1);
    }

    [Test]
    public async Task Settings_of_the_router_do_not_keep_a_request_from_the_pool(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);

        var network = new NetworkRecord { AllowPublicTraffic = false, AllowInternetAccess = true };
        var sandbox = await bench.CreateAsync(cancellationToken, Request() with { Network = network });

        ready.Should().Contain(sandbox.Id);
    }

    [Test]
    public async Task Machine_that_cannot_filter_has_sandboxes_without_network_in_its_pool(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1, features: []);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);

        var network = new NetworkRecord { AllowInternetAccess = false };
        var sandbox = await bench.CreateAsync(cancellationToken, Request() with { Network = network });

        ready.Should().Contain(sandbox.Id);
        bench.Engine.Sandboxes[sandbox.Id].Specification.Network.AllowsOutgoing.Should().BeFalse();
    }

    [Test]
    public async Task Sandbox_of_the_pool_that_has_ended_is_replaced(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);

        bench.Engine.Sandboxes[ready[0]].End.SetResult(new SandboxEnd(1, WasOutOfMemory: false, LogTail: ""));
        await bench.Time.WaitForTimerAsync(ReadyPool.FirstPause, cancellationToken);
        bench.Time.Advance(ReadyPool.FirstPause);

        (await WhenReadyAsync(bench, 2, cancellationToken))[1].Should().NotBe(ready[0]);
        await bench.StopAsync();
        bench.Engine.Calls.Should().Contain($"kill {ready[0]}");
        bench.Engine.Sandboxes.Should().BeEmpty();
    }

    [Test]
    public async Task Sandbox_of_the_pool_that_does_not_answer_is_removed_and_another_one_created(
        CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1);
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);
        bench.Engine.Sandboxes[ready[0]].Sidecar.Status = _ => 500;

        var sandbox = await bench.CreateAsync(cancellationToken, Request());

        ready.Should().NotContain(sandbox.Id);
        bench.Engine.Sandboxes.Should().NotContainKey(ready[0]);
        (await bench.ReadStoredAsync(cancellationToken)).Should().ContainSingle().Which.Id.Should().Be(sandbox.Id);
        bench.Log.Text.Should().Contain($"Sandbox {ready[0]} of the pool cannot be used");
    }

    [Test]
    public async Task Variables_that_are_refused_leave_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1, new TeamRecord("team", "acme", MaxRunning: 1, 0, 0));
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);
        bench.Engine.Sandboxes[ready[0]].Sidecar.Status = _ => 400;

        var act = () => bench.CreateAsync(cancellationToken, Request());

        (await act.Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.Invalid);
        bench.Engine.Sandboxes.Should().NotContainKey(ready[0]);
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        await bench.CreateAsync(cancellationToken, PlaneBench.Request());   // the team's only place is free again
    }

    [Test]
    public async Task Failure_to_fill_the_pool_is_logged_once_and_tried_again_after_growing_pauses(
        CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(1, prepare: engine => engine.Fail("create"));
        for (var pause = ReadyPool.FirstPause; pause <= ReadyPool.FirstPause * 4; pause *= 2)
        {
            await bench.Time.WaitForTimerAsync(pause, cancellationToken);
            if (pause == ReadyPool.FirstPause * 4) bench.Engine.Mend("create");
            bench.Time.Advance(pause);
        }

        await WhenReadyAsync(bench, 1, cancellationToken);

        bench.Engine.Calls.Count(call => call.StartsWith("create")).Should().Be(4);
        bench.Log.Entries.Where(entry => entry.Message.Contains("could not be started for the pool")).Should().ContainSingle();
    }

    [Test]
    public async Task Sandboxes_of_a_template_that_has_changed_are_replaced(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(
            ready: new Dictionary<string, int> { ["mine"] = 1 }, template: """{"memoryMB":64}""");
        var ready = await WhenReadyAsync(bench, 1, cancellationToken);
        bench.WriteTemplate("mine", """{"memoryMB":128}""");

        var sandbox = await bench.CreateAsync(cancellationToken, Request() with { Template = "mine" });

        ready.Should().NotContain(sandbox.Id);
        bench.Engine.Sandboxes[sandbox.Id].Specification.MemoryBytes.Should().Be(128 << 20);
        await bench.Time.WaitForTimerAsync(ReadyPool.Quiet, cancellationToken);
        bench.Time.Advance(ReadyPool.Quiet);
        var second = (await WhenReadyAsync(bench, 2, cancellationToken))[1];
        bench.Engine.Sandboxes[second].Specification.MemoryBytes.Should().Be(128 << 20);
        bench.Engine.Sandboxes.Keys.Should().NotContain(ready[0]);
    }

    [Test]
    public async Task Pool_ends_with_the_control_plane(CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(2);
        await WhenReadyAsync(bench, 2, cancellationToken);
        var taken = await bench.CreateAsync(cancellationToken, Request());

        await bench.StopAsync();

        bench.Engine.Sandboxes.Keys.Should().Equal(taken.Id);
    }

    [Test]
    public async Task Pool_of_a_control_plane_that_was_killed_is_removed_by_the_next_one_and_taken_sandboxes_go_on(
        CancellationToken cancellationToken)
    {
        await using var bench = await StartAsync(2);
        var ready = await WhenReadyAsync(bench, 2, cancellationToken);
        var taken = await bench.CreateAsync(cancellationToken, Request());

        await bench.RestartAsync();

        bench.Manager.Get(bench.Team, taken.Id).State.Should().Be(SandboxState.Running);
        bench.Engine.Sandboxes.Keys.Intersect(ready).Should().Equal(taken.Id);
    }

    private static SandboxRequest Request() => PlaneBench.Request(60) with { Template = Template };

    private static Task<PlaneBench> StartAsync(
        int count,
        TeamRecord? team = null,
        IReadOnlyList<EngineFeature>? features = null,
        Action<ScriptedEngine>? prepare = null) =>
        PlaneBench.StartAsync(team, ready: new Dictionary<string, int> { [Template] = count }, prepare: engine =>
        {
            engine.Features = features ?? engine.Features;
            prepare?.Invoke(engine);
        });

    // Returns the ids of the sandboxes that have ever been ready, when there were as many.
    private static async Task<List<string>> WhenReadyAsync(PlaneBench bench, int count, CancellationToken cancellationToken)
    {
        const int SandboxIsReady = 7273;
        await bench.Log.WaitForAsync(SandboxIsReady, count, cancellationToken);
        var entries = bench.Log.Entries.Where(entry => entry.EventId.Id == SandboxIsReady);
        return [.. entries.Select(entry => (string)entry["SandboxId"]!)];
    }
}
