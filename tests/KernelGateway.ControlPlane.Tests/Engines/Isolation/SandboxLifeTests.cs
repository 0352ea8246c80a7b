using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class SandboxLifeTests(string engineName) : EveryEngineTests(engineName)
{
    private const string Forever = "touch /run/gateway/ready; exec sleep 1000000";

    [Test]
    [CancelAfter(60_000)]
    public async Task Sidecar_of_a_new_sandbox_answers_by_its_socket(CancellationToken token)
    {
        var id = await Bench.CreateAsync(token);

        (await Bench.GetAsync(id, "/health", token)).Should().NotBeNull();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Killed_sandbox_leaves_nothing(CancellationToken token)
    {
        Bench.RunShell($"setsid sleep 1000000 & (sleep 1000000 &) ; {Forever}");
        var id = await Bench.CreateAsync(token, specification => specification with { MemoryBytes = 64L << 20, MaxProcesses = 50 });
        await Bench.WaitForFileAsync(id, "ready", token);
        var end = Bench.Engine.WaitForEndAsync(id, token);
        Bench.DescribeRest().Should().NotBeEmpty();

        await Bench.Engine.KillAsync(id, null, token);

        Bench.DescribeRest().Should().BeEmpty();
        new int?[] { null, 137 }.Should().Contain((await end).ExitCode);
        await FluentActions.Awaiting(() => Bench.Engine.KillAsync(id, null, token)).Should().ThrowAsync<SandboxEngineException>();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task End_of_the_sidecar_is_reported_with_exit_code_and_output(CancellationToken token)
    {
        Bench.RunShell("echo what went wrong; exit 7");

        var id = await Bench.CreateAsync(token);
        var end = await Bench.Engine.WaitForEndAsync(id, token);

        end.Should().Be(new SandboxEnd(7, false, "what went wrong"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Paused_processes_do_not_run_and_go_on_after_the_resume(CancellationToken token)
    {
        Bench.RunShell("while :; do touch /run/gateway/alive; sleep 0.01; done");
        var id = await Bench.CreateAsync(token);
        var alive = Path.Combine(Bench.SocketDirectory(id), "alive");
        await Bench.WaitForFileAsync(id, "alive", token);

        (await Bench.Engine.PauseAsync(id, token)).Should().Be(PauseMethod.Freezer);
        File.Delete(alive);
        var time = (await Bench.Engine.ReadUsageAsync(id, token)).ProcessorTime;
        await Bench.Engine.PauseAsync(id, token);
        (await Bench.Engine.RecoverAsync(token)).Should().ContainSingle().Which.IsPaused.Should().BeTrue();
        (await Bench.Engine.ReadUsageAsync(id, token)).ProcessorTime.Should().Be(time);
        File.Exists(alive).Should().BeFalse();

        await Bench.Engine.ResumeAsync(id, token);
        await Bench.Engine.ResumeAsync(id, token);

        await Bench.WaitForFileAsync(id, "alive", token);
        (await Bench.Engine.RecoverAsync(token)).Should().ContainSingle().Which.IsPaused.Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Paused_sandbox_can_be_killed(CancellationToken token)
    {
        Bench.RunShell(Forever);
        var id = await Bench.CreateAsync(token);
        await Bench.WaitForFileAsync(id, "ready", token);
        await Bench.Engine.PauseAsync(id, token);

        await Bench.Engine.KillAsync(id, null, token);

        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Cancelled_creation_leaves_nothing(CancellationToken token)
    {
        Bench.RunShell(Forever);
        await Bench.Engine.RecoverAsync(token);
        using var cancelled = new CancellationTokenSource();
        var specification = Bench.Specify();

        var creation = Bench.Engine.CreateAsync(specification, cancelled.Token);
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => creation).Should().ThrowAsync<OperationCanceledException>();
        Bench.DescribeRest().Should().BeEmpty();
        await Bench.Engine.CreateAsync(specification, token);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Program_that_does_not_exist_ends_the_sandbox_with_a_message(CancellationToken token)
    {
        Bench.Run("/no/such/program");

        var id = await Bench.CreateAsync(token);

        (await Bench.Engine.WaitForEndAsync(id, token)).LogTail.Should().Contain("/no/such/program");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Mount_at_a_file_is_refused_and_leaves_nothing(CancellationToken token)
    {
        Bench.RunShell(Forever);

        await FluentActions.Awaiting(() => Bench.CreateAsync(token, specification => specification with
        {
            Template = specification.Template with { Mounts = [new("/usr/share", "/etc/passwd/x")] },
        })).Should().ThrowAsync<SandboxEngineException>();

        Bench.DescribeRest().Should().BeEmpty();
    }

    [TestCase("I123")]
    [TestCase("../../etc")]
    [CancelAfter(60_000)]
    public async Task Id_that_is_not_one_is_refused(string id, CancellationToken token)
    {
        (await FluentActions.Awaiting(() => Bench.Engine.CreateAsync(Bench.Specify() with { Id = id }, token))
            .Should().ThrowAsync<SandboxEngineException>()).Which.Error.Should().Be(SandboxEngineError.InvalidSpecification);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Usage_is_counted(CancellationToken token)
    {
        Bench.RunShell($"head -c 20000000 /dev/zero > /home/user/file; sync; {Forever}");
        var id = await Bench.CreateAsync(token, specification => specification with { MemoryBytes = 128L << 20, MaxProcesses = 50 });
        await Bench.WaitForFileAsync(id, "ready", token);

        var usage = await Bench.Engine.ReadUsageAsync(id, token);

        usage.DiskBytes.Should().BeInRange(20_000_000, 30_000_000);
        usage.DiskLimitBytes.Should().BeInRange(50_000_000, 64 << 20);
        usage.MemoryBytes.Should().BeInRange(1, 128L << 20);
        usage.MemoryLimitBytes.Should().Be(128L << 20);
        usage.ProcessorTime.Should().BePositive();
        usage.Processes.Should().BeInRange(1, 50);
    }
}
