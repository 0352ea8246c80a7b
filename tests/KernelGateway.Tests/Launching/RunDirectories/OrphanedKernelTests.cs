using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.Tests.Launching.Support.LeftKernel;

namespace KernelGateway.Tests.Launching.RunDirectories;

/// <summary>
/// The gateway of these tests leaves its kernels running, which leaves the same files and processes as a crash.
/// The kernels stay children of the test process, which reaps them at the end.
/// </summary>
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class OrphanedKernelTests
{
    [Test, CancelAfter(30_000)]
    public async Task Kernel_of_a_former_gateway_is_found_with_all_that_was_written_down(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")) with
        {
            ContextFields = new JObject { ["language"] = "python", ["created"] = "2024-01-02T03:04:05Z", ["cwd"] = "/tmp/ü" },
        };
        var left = await LeaveAsync(bench, launch, cancellationToken);

        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;

        orphan.IsRunning.Should().BeTrue();
        orphan.Record.KernelId.Should().Be(launch.KernelId);
        orphan.Record.ProcessId.Should().Be(left.ProcessId);
        orphan.Record.KernelSpecName.Should().Be("test");
        orphan.Record.ConnectionFilePath.Should().Be(left.ConnectionFilePath);
        JToken.DeepEquals(orphan.Record.ContextFields, launch.ContextFields).Should().BeTrue();
        await orphan.EndAsync(cancellationToken);
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Adopted_kernel_can_be_signalled_and_its_exit_is_noticed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        var left = await LeaveAsync(
            bench,
            LaunchBench.Launch(
                LaunchBench.PythonScript(
                    """
                    import os, signal
                    def tell(text):
                        with open(os.environ["FIFO"], "w") as fifo: fifo.write(text + "\n")
                    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                    tell("up")
                    while signal.sigwait({signal.SIGINT}): tell("int")
                    """),
                ("FIFO", fifo.Path)),
            cancellationToken);
        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("up");
        await using var adopted = await AdoptAsync(bench, cancellationToken);

        adopted.ProcessId.Should().Be(left.ProcessId);
        adopted.ConnectionInfo.Should().Be(left.ConnectionInfo);
        adopted.Interrupt().Should().BeTrue();
        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("int");
        adopted.Exited.IsCompleted.Should().BeFalse();

        adopted.Kill().Should().BeTrue();

        (await adopted.Exited.WaitAsync(cancellationToken)).Should().Be(KernelExit.Unknown, "only the parent of a process gets its exit status");
        adopted.Kill().Should().BeFalse();
        Collect(left);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_writes_on_without_a_gateway_and_the_next_one_reads_it(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        using var go = bench.CreateFifo();
        var left = await LeaveAsync(
            bench,
            LaunchBench.Launch(
                LaunchBench.Shell(
                    "read line < \"$GO\"; echo alone >&2; echo wrote > \"$FIFO\"; head -c 300000 /dev/zero | tr '\\0' x >&2; echo END >&2; " +
                    "echo done > \"$FIFO\"; exec sleep 1000"),
                ("FIFO", fifo.Path),
                ("GO", go.Path)),
            cancellationToken);
        await File.WriteAllTextAsync(go.Path, "go\n", cancellationToken);
        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("wrote", "the pipe has no reader and is not broken");

        await using var adopted = await AdoptAsync(bench, cancellationToken);

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("done", "the pipe is read again");
        adopted.Terminate();
        await adopted.Exited.WaitAsync(cancellationToken);
        adopted.StandardErrorTail.Should().EndWith("xEND\n");
        Collect(left);
    }

    [Test, CancelAfter(30_000)]
    public async Task Disposed_adopted_kernel_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        var left = await LeaveAsync(
            bench,
            LaunchBench.Launch(
                LaunchBench.PythonScript(
                    """
                    import os, signal
                    child = os.fork()
                    if child == 0: signal.pause()
                    with open(os.environ["FIFO"], "w") as fifo: fifo.write("%d\n" % child)
                    signal.pause()
                    """),
                ("FIFO", fifo.Path)),
            cancellationToken);
        var childEnd = ProcessEnd.Watch(int.Parse(await fifo.ReadLineAsync(cancellationToken)));
        var adopted = await AdoptAsync(bench, cancellationToken);

        await adopted.DisposeAsync();

        await childEnd.WaitAsync(cancellationToken);
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Owner_is_alive_for_as_long_as_its_process_is(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        var left = await LeaveAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);
        var owner = bench.RunEntries.Single(entry => Path.GetFileName(entry) == "owner");
        // A separate process takes the lock as another gateway would, and is then killed.
        await using var other = new LaunchBench();
        await using var gateway = await other.LaunchAsync(
            LaunchBench.PythonScript(
                """
                import fcntl, os, signal
                file = open(os.environ["OWNER"], "r+")
                fcntl.flock(file, fcntl.LOCK_EX)
                with open(os.environ["FIFO"], "w") as fifo: fifo.write("locked\n")
                signal.pause()
                """),
            cancellationToken,
            ("OWNER", owner),
            ("FIFO", fifo.Path));
        await fifo.ReadLineAsync(cancellationToken);
        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty();

        gateway.Kill();
        await gateway.Exited.WaitAsync(cancellationToken);

        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;
        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty("the first search has claimed the kernel");
        await orphan.EndAsync(cancellationToken);
        Collect(left);
    }

    [Test, CancelAfter(30_000)]
    public async Task Adopted_kernel_can_be_left_and_adopted_again(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);

        await (await AdoptAsync(bench, cancellationToken)).LeaveRunningAsync();
        await using var adopted = await AdoptAsync(bench, cancellationToken);

        adopted.ProcessId.Should().Be(left.ProcessId);
        await adopted.DisposeAsync();
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Directories_with_nothing_of_use_are_removed_and_strangers_are_not(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        bench.Directory.Write("run/1-dead/owner", "1 x\n");
        bench.Directory.Write("run/1-dead/record-a.json", "{\"kernel_id\": \"a\"");
        bench.Directory.Write("run/1-dead/record-b.json", "{\"kernel_id\": \"b\", \"process_id\": -1}");
        bench.Directory.Write("run/stranger/file", "not ours");
        bench.Directory.Write("run/2-open/owner", "1 x\n");
        File.SetUnixFileMode(bench.Directory.Combine("run", "1-dead"), PrivateFiles.DirectoryMode);

        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty();

        Directory.Exists(bench.Directory.Combine("run", "1-dead")).Should().BeFalse();
        File.Exists(bench.Directory.Combine("run", "stranger", "file")).Should().BeTrue();
        File.Exists(bench.Directory.Combine("run", "2-open", "owner")).Should().BeTrue("gateways do not create directories that others can enter");
    }

    [Test, CancelAfter(30_000)]
    public async Task Exited_kernel_cannot_be_left(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var process = (IAdoptableKernelProcess)await bench.LaunchAsync(LaunchBench.Shell("exit 0"), cancellationToken);
        await process.Exited.WaitAsync(cancellationToken);

        await process.LeaveRunningAsync();

        File.Exists(process.ConnectionFilePath).Should().BeFalse("an exited kernel needs no connection file");
    }
}
