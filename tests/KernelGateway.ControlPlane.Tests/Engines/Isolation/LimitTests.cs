using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class LimitTests(string engineName) : EveryEngineTests(engineName)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Fork_bomb_ends_at_the_limit_of_processes(CancellationToken token)
    {
        await Bench.RequireAsync(EngineFeature.ProcessLimit);

        var output = await Bench.RunToEndAsync(
            "i=0; while [ $i -lt 200 ]; do sleep 100 & i=$((i+1)); done; echo all were started",
            token,
            specification => specification with { MaxProcesses = 30 });

        output.Should().Contain("fork").And.NotContain("all were started");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Memory_bomb_is_killed_and_the_end_says_why(CancellationToken token)
    {
        await Bench.RequireAsync(EngineFeature.MemoryLimit);
        Bench.RunShell("exec tail /dev/zero");

        var id = await Bench.CreateAsync(token, specification => specification with { MemoryBytes = 64L << 20 });
        var end = await Bench.Engine.WaitForEndAsync(id, token);

        end.ExitCode.Should().Be(137);
        end.WasOutOfMemory.Should().BeTrue();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Disk_is_full_at_its_limit_also_in_the_home_and_for_temporary_files(CancellationToken token)
    {
        await Bench.RequireAsync(EngineFeature.DiskLimit);

        var output = await Bench.RunToEndAsync(
            "head -c 40000000 /dev/zero > /home/user/a && head -c 40000000 /dev/zero > /tmp/b || echo full; rm /home/user/a; echo 1 > /c && echo again",
            token,
            specification => specification with { DiskBytes = 64L << 20 });

        output.Should().Contain("No space left").And.Contain("full").And.EndWith("again");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Limit_of_processors_is_set(CancellationToken token)
    {
        await Bench.RequireAsync(EngineFeature.ProcessorLimit);
        Bench.RunShell("while :; do :; done");

        var id = await Bench.CreateAsync(token, specification => specification with { Cpus = 0.25 });

        var instance = (await Bench.Engine.RecoverAsync(token)).Should().ContainSingle().Subject;
        instance.Id.Should().Be(id);
        instance.Notes.Should().NotContain(note => note.Contains("processor", StringComparison.Ordinal));
    }
}
