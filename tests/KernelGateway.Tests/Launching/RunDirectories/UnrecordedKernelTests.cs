using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.RunDirectories;

/// <summary>
/// A gateway that is killed between the start of a process and its record. The gateway of these tests leaves its kernel running at that moment,
/// which leaves the same files and processes.
/// </summary>
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class UnrecordedKernelTests
{
    [Test, CancelAfter(30_000)]
    public async Task Kernel_that_was_just_started_is_found_and_adopted(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")) with { ContextFields = new JObject { ["language"] = "python" } };
        var left = await LeaveUnrecordedAsync(bench, launch, cancellationToken);
        NotedProcess(bench).Should().Be(0, "the gateway ended before it could record the process id");

        var orphan = await FindAsync(bench, cancellationToken);

        orphan.IsRunning.Should().BeTrue();
        orphan.Record.ProcessId.Should().Be(left.ProcessId);
        orphan.Record.KernelId.Should().Be(launch.KernelId);
        JToken.DeepEquals(orphan.Record.ContextFields, launch.ContextFields).Should().BeTrue();
        var adopted = (await orphan.AdoptAsync(bench.Options, cancellationToken: cancellationToken))!;
        adopted.ConnectionInfo.Should().Be(left.ConnectionInfo);
        await adopted.DisposeAsync();
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_started_by_the_kernel_is_not_taken_for_the_kernel(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        // The child leads its own session and has inherited the kernel's mark.
        var left = await LeaveUnrecordedAsync(
            bench,
            LaunchBench.Launch(LaunchBench.Shell("setsid sh -c 'echo $$ > \"$FIFO\"; exec sleep 1000' & exec sleep 1000"), ("FIFO", fifo.Path)),
            cancellationToken);
        var child = int.Parse(await fifo.ReadLineAsync(cancellationToken));

        var orphan = await FindAsync(bench, cancellationToken);

        orphan.Record.ProcessId.Should().Be(left.ProcessId);
        var childEnd = ProcessEnd.Watch(child);
        await orphan.EndAsync(cancellationToken);
        Collect(left);
        await childEnd.WaitAsync(cancellationToken);
    }

    [Test, CancelAfter(30_000)]
    public async Task Strangers_that_name_the_kernel_are_left_alone(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveUnrecordedAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);
        LibC.Signal(left.ProcessId, 9);
        Collect(left);
        // The command line of Jupyter tools contains the path of a connection file. The variables only resemble the kernel mark.
        await using var other = new LaunchBench();
        await using var stranger = await other.LaunchAsync(
            LaunchBench.Spec("/bin/sh", "-c", "exec sleep 1000", "sh", left.ConnectionFilePath),
            cancellationToken,
            ("SOME_" + KernelMark.VariableName, left.ConnectionFilePath),
            ("LIKE", $"{KernelMark.VariableName}={left.ConnectionFilePath}"));

        var orphan = await FindAsync(bench, cancellationToken);

        orphan.IsRunning.Should().BeFalse();
        (await orphan.AdoptAsync(cancellationToken: cancellationToken)).Should().BeNull();
        await orphan.EndAsync(cancellationToken);
        LibC.HasExited(stranger.ProcessId).Should().BeFalse("the process is not the kernel");
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Mark_cannot_be_given_by_the_caller(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell($"echo \"${KernelMark.VariableName}\" > \"$FIFO\"; exec sleep 1000"),
            cancellationToken,
            ("FIFO", fifo.Path),
            (KernelMark.VariableName, "/somewhere/kernel-else.json"));

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be(process.ConnectionFilePath);
    }

    [Test, CancelAfter(30_000)]
    public async Task Directory_that_a_gateway_could_not_even_own_is_removed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var ended = bench.Directory.Combine("run", "999999999-abcdef");
        var beingMade = bench.Directory.Combine("run", $"{Environment.ProcessId}-abcdef");
        Directory.CreateDirectory(ended, PrivateFiles.DirectoryMode);
        Directory.CreateDirectory(beingMade, PrivateFiles.DirectoryMode);
        var stranger = bench.Directory.Write("run/999999999-stranger/file", "not ours");

        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty();

        Directory.Exists(ended).Should().BeFalse();
        Directory.Exists(beingMade).Should().BeTrue();
        File.Exists(stranger).Should().BeTrue();
    }

    private static async Task<LocalKernelProcess> LeaveUnrecordedAsync(LaunchBench bench, KernelLaunch launch, CancellationToken cancellationToken)
    {
        LocalKernelProcess? left = null;
        bench.Options.Started = process =>
        {
            left = (LocalKernelProcess)process;
            _ = process.LeaveRunningAsync().AsTask();
            throw new GatewayEndedException();
        };
        await using (var provisioner = new LocalKernelProvisioner(bench.Options))
        {
            var launching = () => provisioner.LaunchAsync(launch, cancellationToken);
            await launching.Should().ThrowAsync<GatewayEndedException>();
        }

        bench.Options.Started = null;
        return left!;
    }

    private static async Task<OrphanedKernel> FindAsync(LaunchBench bench, CancellationToken cancellationToken) =>
        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;

    private static int NotedProcess(LaunchBench bench)
    {
        var path = bench.RunEntries.Single(entry => Path.GetFileName(entry).StartsWith(RunDirectory.RecordPrefix, StringComparison.Ordinal));
        return (int)JObject.Parse(File.ReadAllText(path))["process_id"]!;
    }

    // The kernels of a gateway that has exited are reaped by init. Here they are still children of the test process.
    private static void Collect(IKernelProcess process) => SpinWait.SpinUntil(() => ChildReaper.Reap(process.ProcessId) is not null);

    private sealed class GatewayEndedException : Exception;
}
