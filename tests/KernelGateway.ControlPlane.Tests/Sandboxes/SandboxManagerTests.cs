using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>Creating, finding, extending and ending sandboxes.</summary>
[CancelAfter(60_000)]
public sealed class SandboxManagerTests
{
    [Test]
    public async Task Created_sandbox_has_been_reached_and_has_its_variables(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var request = PlaneBench.Request() with { Variables = new Dictionary<string, string> { ["A"] = "1" } };

        var sandbox = await bench.CreateAsync(cancellationToken, request);

        sandbox.State.Should().Be(SandboxState.Running);
        sandbox.Id.Should().MatchRegex("^i[a-z0-9]{20}$");
        var requests = bench.Engine.Sandboxes[sandbox.Id].Sidecar.Requests;
        requests[0].Should().StartWith("GET /health HTTP/1.1").And.Contain("E2b-Sandbox-Port: 49983");
        requests[^1].Should().StartWith("POST /init HTTP/1.1").And.EndWith("""{"envVars":{"A":"1"}}""");
    }

    [Test]
    public async Task User_and_directory_of_the_template_reach_the_sidecar(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        bench.WriteTemplate("elsewhere", """{ "user": "root", "cwd": "/code" }""");
        bench.Engine.Features =
        [
            .. bench.Engine.Features,
            new EngineFeature(EngineFeature.Isolation, true, true, ""), new EngineFeature(EngineFeature.Users, true, true, ""),
        ];
        await bench.RestartAsync();

        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request() with { Template = "elsewhere" });

        var started = bench.Engine.Sandboxes[sandbox.Id];
        started.Specification.SidecarArguments.Should()
            .ContainInConsecutiveOrder("--default-user", "root", "--kernel-user", "root")
            .And.ContainInConsecutiveOrder("--working-directory", "/code");
        started.Sidecar.Requests[^1].Should().EndWith("""{"envVars":{},"defaultUser":"root","defaultWorkdir":"/code"}""");
    }

    [Test]
    public async Task Template_with_kernels_is_created_when_they_are_ready(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();

        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request() with { Template = "code-interpreter-v1" });

        var requests = bench.Engine.Sandboxes[sandbox.Id].Sidecar.Requests;
        requests[^2].Should().StartWith("POST /init", "a kernel gets the variables when it starts");
        requests[^1].Should().StartWith("POST /execute HTTP/1.1").And.EndWith("""{"code":"pass","language":"python","store_history":false}""");
    }

    [Test]
    public async Task Template_with_commands_is_created_when_they_have_run(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        bench.WriteTemplate("serving", """{ "start": "exec server", "ready": "test -e up" }""");

        var sandbox = await bench.CreateAsync(cancellationToken, PlaneBench.Request() with { Template = "serving" });

        var requests = bench.Engine.Sandboxes[sandbox.Id].Sidecar.Requests;
        requests[^3].Should().StartWith("POST /init", "a command gets the variables when it starts");
        requests[^2].Should().StartWith("POST /process.Process/Start HTTP/1.1").And
            .EndWith("""{"process":{"cmd":"/bin/sh","args":["-c","exec server"]},"tag":"start_cmd"}""");
        requests[^1].Should().EndWith("""{"process":{"cmd":"/bin/sh","args":["-c","test -e up"]},"tag":"ready_cmd"}""");
    }

    [Test]
    public async Task Template_whose_command_cannot_be_started_creates_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        bench.WriteTemplate("serving", """{ "start": "exec server" }""");
        bench.Engine.On("connect", id =>
        {
            bench.Engine.Sandboxes[id].Sidecar.Status = path => path == "/init" || path == "/health" ? 204 : 403;
            return Task.CompletedTask;
        });

        var act = () => bench.CreateAsync(cancellationToken, PlaneBench.Request() with { Template = "serving" });

        (await act.Should().ThrowAsync<SandboxException>()).WithMessage("*'exec server' cannot be started*");
        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Token_is_in_no_argument_of_the_sidecar_and_in_no_log(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();

        var sandbox = await bench.CreateAsync(cancellationToken);

        var token = bench.Manager.Tokens.AccessToken(sandbox.Id);
        bench.Engine.Sandboxes[sandbox.Id].Specification.Environment.Values.Should().Contain(token);
        bench.Engine.Sandboxes[sandbox.Id].Specification.SidecarArguments.Should().NotContain(argument => argument.Contains(token));
        bench.Log.Text.Should().NotContain(token);
    }

    [Test]
    public async Task Failed_create_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(new TeamRecord("team", "acme", MaxRunning: 1, 0, 0));
        bench.Engine.Fail("create");

        var act = () => bench.CreateAsync(cancellationToken);

        (await act.Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.Failed);
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        bench.Lifecycle.All.Should().BeEmpty();
        bench.Engine.Mend("create");
        await bench.CreateAsync(cancellationToken);   // the team's only place is free again
    }

    [Test]
    public async Task Cancelled_create_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var (begun, _) = bench.Engine.Hold("create");
        using var client = new CancellationTokenSource();
        var create = bench.CreateAsync(client.Token);
        await begun.WaitAsync(cancellationToken);

        await client.CancelAsync();

        await create.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        bench.Engine.Sandboxes.Should().BeEmpty();
    }

    [Test]
    public async Task Sandbox_that_does_not_become_usable_in_time_is_removed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var (begun, _) = bench.Engine.Hold("connect");
        var create = bench.CreateAsync(cancellationToken);
        await begun.WaitAsync(cancellationToken);

        bench.Time.Advance(bench.Plane.Options.StartTimeout);

        (await create.Awaiting(task => task).Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.TimedOut);
        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [TestCase(1, false, "", " (exit code 1)")]
    [TestCase(127, false, "no such program", " (exit code 127): no such program")]
    [TestCase(137, true, "", " (out of memory)")]
    [TestCase(null, false, "killed", ": killed")]
    public async Task Sandbox_that_ends_while_it_starts_fails_at_once_and_says_why(
        int? exitCode, bool wasOutOfMemory, string output, string reason, CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var (begun, _) = bench.Engine.Hold("connect");
        var create = bench.CreateAsync(cancellationToken);
        await begun.WaitAsync(cancellationToken);

        bench.Engine.Sandboxes.Values.Single().End.SetResult(new SandboxEnd(exitCode, wasOutOfMemory, output));

        (await create.Awaiting(task => task).Should().ThrowAsync<SandboxException>())
            .WithMessage($"Failed to create sandbox: the sandbox ended before it could be used{reason}");
        bench.Lifecycle.All.Should().BeEmpty();
    }

    [Test]
    public async Task Sandbox_of_another_team_is_not_found(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var other = new TeamRecord("other", "other", 0, 0, 0);

        var get = () => bench.Manager.Get(other, sandbox.Id);

        get.Should().Throw<SandboxException>().WithMessage($"Sandbox \"{sandbox.Id}\" doesn't exist or you don't have access to it");
        await bench.Awaiting(x => x.Manager.KillAsync(other, sandbox.Id)).Should().ThrowAsync<SandboxException>();
        bench.Manager.List(other).Should().BeEmpty();
    }

    [TestCase(0, "Timeout must be greater than 0")]
    [TestCase(-1, "Timeout must be greater than 0")]
    [TestCase((24 * 3600) + 1, "Timeout cannot be greater than 24 hours")]
    public async Task Lifetime_out_of_range_is_refused(int seconds, string message)
    {
        await using var bench = await PlaneBench.StartAsync();

        await bench.Awaiting(x => x.CreateAsync(CancellationToken.None, PlaneBench.Request(seconds))).Should().ThrowAsync<SandboxException>().WithMessage(message);
    }

    [Test]
    public async Task Killed_sandbox_is_gone_everywhere_and_cannot_be_killed_again(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var connections = sandbox.Look().Connections;

        await bench.Manager.KillAsync(bench.Team, sandbox.Id);

        connections.IsCancellationRequested.Should().BeTrue("its streams are aborted");
        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
        (await bench.Awaiting(x => x.Manager.KillAsync(bench.Team, sandbox.Id)).Should().ThrowAsync<SandboxException>())
            .Which.Failure.Should().Be(SandboxFailure.NotFound);
    }

    [Test]
    public async Task Sandbox_is_not_found_from_the_first_moment_of_its_end(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        var (begun, release) = bench.Engine.Hold("kill");
        var kill = bench.Manager.KillAsync(bench.Team, sandbox.Id);
        await begun.WaitAsync(cancellationToken);

        bench.Invoking(x => x.Manager.Get(bench.Team, sandbox.Id)).Should().Throw<SandboxException>();
        (await bench.Awaiting(x => x.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromSeconds(9), cancellationToken))
            .Should().ThrowAsync<SandboxException>()).Which.Failure.Should().Be(SandboxFailure.Conflict);

        release.SetResult();
        await kill;
    }

    [Test]
    public async Task End_that_fails_is_tried_again(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);
        bench.Engine.Fail("kill");
        await bench.Awaiting(x => x.Manager.KillAsync(bench.Team, sandbox.Id)).Should().ThrowAsync<SandboxException>();
        bench.Engine.Mend("kill");

        await bench.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10), cancellationToken);
        bench.Time.Advance(TimeSpan.FromSeconds(10));

        await sandbox.WhenNot(SandboxState.Killing).WaitAsync(cancellationToken);
        bench.Engine.Sandboxes.Should().BeEmpty();
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Sandbox_that_ends_by_itself_is_removed(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        var sandbox = await bench.CreateAsync(cancellationToken);

        bench.Engine.Sandboxes[sandbox.Id].End.SetResult(new SandboxEnd(137, WasOutOfMemory: true, LogTail: ""));

        await sandbox.WhenNot(SandboxState.Running).WaitAsync(cancellationToken);
        await sandbox.WhenNot(SandboxState.Killing).WaitAsync(cancellationToken);
        sandbox.State.Should().Be(SandboxState.Gone);
        (await bench.ReadStoredAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Network_that_cannot_be_filtered_is_refused_unless_the_request_says_no_network(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync();
        bench.Engine.Features = [new EngineFeature(EngineFeature.OutgoingNetwork, false, false, "nft is missing")];
        await bench.RestartAsync();

        await bench.Awaiting(x => x.CreateAsync(cancellationToken)).Should().ThrowAsync<SandboxException>().WithMessage("allow_internet_access:*nft is missing*");

        var offline = PlaneBench.Request() with { Network = new NetworkRecord { AllowInternetAccess = false } };
        var sandbox = await bench.CreateAsync(cancellationToken, offline);
        bench.Engine.Sandboxes[sandbox.Id].Specification.Network.AllowsOutgoing.Should().BeFalse();
    }
}
