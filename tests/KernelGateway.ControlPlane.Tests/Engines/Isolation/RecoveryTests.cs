using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

[TestFixture("bubblewrap")]
[TestFixture("runc")]
[TestFixture("crun", Category = "EveryVariant")]
public sealed class RecoveryTests(string engineName)
{
    private const string Ticking = "while :; do touch /run/gateway/alive; sleep 0.01; done";

    [Test]
    [CancelAfter(90_000)]
    public async Task Sandbox_lives_on_when_the_control_plane_is_killed_and_is_found_again(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        var id = bench.Specify().Id;
        await KillOwnerAsync(bench, id, Ticking, token);
        File.Delete(Path.Combine(bench.SocketDirectory(id), "alive"));

        var found = await bench.Engine.RecoverAsync(token);

        found.Should().ContainSingle().Which.Id.Should().Be(id);
        await bench.WaitForFileAsync(id, "alive", token);
        (await bench.Engine.PauseAsync(id, token)).Should().Be(PauseMethod.Freezer);
        await bench.Engine.ResumeAsync(id, token);
        var end = bench.Engine.WaitForEndAsync(id, token);
        await bench.Engine.KillAsync(id, null, token);
        (await end).LogTail.Should().BeEmpty();
        bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Paused_sandbox_is_still_paused_for_the_next_engine(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        bench.RunShell(Ticking);
        var id = await bench.CreateAsync(token);
        await bench.WaitForFileAsync(id, "alive", token);
        await bench.Engine.PauseAsync(id, token);

        var found = await bench.RestartAsync();

        found.Should().ContainSingle().Which.IsPaused.Should().BeTrue();
        File.Delete(Path.Combine(bench.SocketDirectory(id), "alive"));
        await bench.Engine.ResumeAsync(id, token);
        await bench.WaitForFileAsync(id, "alive", token);
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Sandbox_that_has_ended_meanwhile_is_swept(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        bench.RunShell("sleep 1000000 & exit 3");
        var id = await bench.CreateAsync(token);
        await bench.Engine.WaitForEndAsync(id, token);

        var found = await bench.RestartAsync();

        found.Should().BeEmpty();
        bench.DescribeRest().Should().BeEmpty();
        await bench.CreateAsync(token);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [CancelAfter(90_000)]
    public async Task What_a_control_plane_was_making_when_it_was_killed_is_swept(int creations, CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        var id = bench.Specify().Id;
        await KillOwnerAsync(bench, id, Ticking, token, creations);

        var found = await bench.Engine.RecoverAsync(token);

        found.Should().Contain(sandbox => sandbox.Id == id);
        foreach (var sandbox in found) await bench.Engine.KillAsync(sandbox.Id, null, token);
        bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Directory_without_a_record_is_removed(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        await bench.Engine.RecoverAsync(token);
        Directory.CreateDirectory(Path.Combine(bench.Directory, "sandboxes", bench.Specify().Id, "run"));

        (await bench.Engine.RecoverAsync(token)).Should().BeEmpty();

        bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Process_that_got_the_id_of_a_former_sandbox_is_left_alone(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        await bench.Engine.RecoverAsync(token);
        using var other = Process.Start("sleep", ["1000000"]);
        try
        {
            var id = bench.Specify().Id;
            var paths = new SandboxPaths(Path.Combine(bench.Directory, "sandboxes", id));
            Directory.CreateDirectory(paths.Directory);
            var real = ProcessIdentity.Read(other.Id)!;
            new SandboxRecord
            {
                Id = id,
                EngineName = engineName,
                StartedAt = DateTimeOffset.UnixEpoch,
                Main = real with { StartTicks = real.StartTicks - 1 },
                HostId = bench.FirstHostId,
            }.Write(paths.Record);

            (await bench.Engine.RecoverAsync(token)).Should().BeEmpty();

            other.HasExited.Should().BeFalse();
        }
        finally
        {
            other.Kill();
        }
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Second_engine_with_the_same_directory_is_refused(CancellationToken token)
    {
        await using var bench = await EngineBench.CreateAsync(engineName);
        await bench.Engine.RecoverAsync(token);
        await using var second = bench.CreateSecond();

        await FluentActions.Awaiting(() => second.RecoverAsync(token)).Should().ThrowAsync<SandboxEngineException>();
    }

    // Kills the process of a control plane with SIGKILL, while it does nothing or while it creates a sandbox.
    private static async Task KillOwnerAsync(EngineBench bench, string id, string script, CancellationToken token, int creations = 0)
    {
        await bench.Engine.DisposeAsync();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        var host = bench.FirstHostId.ToString(CultureInfo.InvariantCulture);
        foreach (var argument in new[] { typeof(Program).Assembly.Location, bench.EngineName, bench.Directory, host, id, script }) start.ArgumentList.Add(argument);
        if (creations > 0) start.ArgumentList.Add("forever");
        using var owner = Process.Start(start)!;
        try
        {
            (await owner.StandardOutput.ReadLineAsync(token)).Should().Be("created");
            for (var i = 0; i < creations; i++) (await owner.StandardOutput.ReadLineAsync(token)).Should().Be("creating");
        }
        finally
        {
            owner.Kill();
            await owner.WaitForExitAsync(CancellationToken.None);
        }
    }
}
