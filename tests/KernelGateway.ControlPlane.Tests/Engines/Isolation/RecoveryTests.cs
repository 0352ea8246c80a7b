using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Records;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class RecoveryTests(string engineName) : EveryEngineTests(engineName)
{
    private const string Ticking = "while :; do touch /run/gateway/alive; sleep 0.01; done";

    [Test]
    [CancelAfter(90_000)]
    public async Task Sandbox_lives_on_when_the_control_plane_is_killed_and_is_found_again(CancellationToken token)
    {
        var id = Bench.Specify().Id;
        await KillOwnerAsync(id, Ticking, token);
        File.Delete(Path.Combine(Bench.SocketDirectory(id), "alive"));

        var found = await Bench.Engine.RecoverAsync(token);

        found.Should().ContainSingle().Which.Id.Should().Be(id);
        await Bench.WaitForFileAsync(id, "alive", token);
        (await Bench.Engine.PauseAsync(id, token)).Should().Be(PauseMethod.Freezer);
        await Bench.Engine.ResumeAsync(id, token);
        var end = Bench.Engine.WaitForEndAsync(id, token);
        await Bench.Engine.KillAsync(id, null, token);
        (await end).LogTail.Should().BeEmpty();
        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Paused_sandbox_is_still_paused_for_the_next_engine(CancellationToken token)
    {
        Bench.RunShell(Ticking);
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "alive", token);
        await Bench.Engine.PauseAsync(id, token);

        var found = await Bench.RestartAsync();

        found.Should().ContainSingle().Which.IsPaused.Should().BeTrue();
        File.Delete(Path.Combine(Bench.SocketDirectory(id), "alive"));
        await Bench.Engine.ResumeAsync(id, token);
        await Bench.WaitForFileAsync(id, "alive", token);
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Sandbox_that_has_ended_meanwhile_is_swept(CancellationToken token)
    {
        Bench.RunShell("sleep 1000000 & exit 3");
        var id = await Bench.CreateAsync(token);
        await Bench.Engine.WaitForEndAsync(id, token);

        var found = await Bench.RestartAsync();

        found.Should().BeEmpty();
        Bench.DescribeRest().Should().BeEmpty();
        await Bench.CreateAsync(token);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [CancelAfter(90_000)]
    public async Task What_a_control_plane_was_making_when_it_was_killed_is_swept(int creations, CancellationToken token)
    {
        var id = Bench.Specify().Id;
        await KillOwnerAsync(id, Ticking, token, creations);

        var found = await Bench.Engine.RecoverAsync(token);

        found.Should().Contain(sandbox => sandbox.Id == id);
        foreach (var sandbox in found) await Bench.Engine.KillAsync(sandbox.Id, null, token);
        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Directory_without_a_record_is_removed(CancellationToken token)
    {
        await Bench.Engine.RecoverAsync(token);
        Directory.CreateDirectory(Path.Combine(Bench.Directory, "sandboxes", Bench.Specify().Id, "run"));

        (await Bench.Engine.RecoverAsync(token)).Should().BeEmpty();

        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Process_that_got_the_id_of_a_former_sandbox_is_left_alone(CancellationToken token)
    {
        await Bench.Engine.RecoverAsync(token);
        using var other = Process.Start("sleep", ["1000000"]);
        try
        {
            var id = Bench.Specify().Id;
            var paths = new SandboxPaths(Path.Combine(Bench.Directory, "sandboxes", id));
            Directory.CreateDirectory(paths.Directory);
            var real = ProcessIdentity.Read(other.Id)!;
            new SandboxRecord
            {
                Id = id,
                EngineName = Bench.EngineName,
                StartedAt = DateTimeOffset.UnixEpoch,
                Main = real with { StartTicks = real.StartTicks - 1 },
                HostId = Bench.FirstHostId,
            }.Write(paths.Record);

            (await Bench.Engine.RecoverAsync(token)).Should().BeEmpty();

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
        await Bench.Engine.RecoverAsync(token);
        await using var second = Bench.CreateSecond();

        await FluentActions.Awaiting(() => second.RecoverAsync(token)).Should().ThrowAsync<SandboxEngineException>();
    }

    // Kills the process of a control plane with SIGKILL, while it does nothing or while it creates a sandbox.
    private async Task KillOwnerAsync(string id, string script, CancellationToken token, int creations = 0)
    {
        await Bench.Engine.DisposeAsync();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        var host = Bench.FirstHostId.ToString(CultureInfo.InvariantCulture);
        foreach (var argument in new[] { typeof(Program).Assembly.Location, Bench.EngineName, Bench.Directory, host, id, script }) start.ArgumentList.Add(argument);
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
