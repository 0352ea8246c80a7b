using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Native;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
public sealed class BackgroundProcessTests
{
    // Starts a process in its own session, which starts another process, and writes the ids of both.
    private const string Script =
        "setsid sh -c 'sleep 1000 & echo $! > \"$FIFO\"; echo $$ > \"$FIFO\"; wait' > /dev/null 2>&1 < /dev/null & exec sleep 1000";

    [Test, CancelAfter(30_000)]
    public async Task Process_in_a_session_of_its_own_ends_with_its_kernel([Values] bool usesControlGroups, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.UsesControlGroups = usesControlGroups);
        using var fifo = bench.CreateFifo();
        var launch = LaunchBench.Launch(LaunchBench.Shell(Script), ("FIFO", fifo.Path));
        var process = await bench.Provisioner.LaunchAsync(launch, cancellationToken);
        var ends = (await fifo.ReadLinesAsync(2, cancellationToken)).Select(line => ProcessEnd.Watch(int.Parse(line))).ToArray();

        await process.DisposeAsync();

        await Task.WhenAll(ends).WaitAsync(cancellationToken);
        GroupShouldBeGone(bench, launch.KernelId);
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_in_a_session_of_its_own_ends_also_when_the_kernel_has_ended_itself([Values] bool usesControlGroups, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.UsesControlGroups = usesControlGroups);
        using var fifo = bench.CreateFifo();
        var process = await bench.LaunchAsync(LaunchBench.Shell(Script), cancellationToken, ("FIFO", fifo.Path));
        var ends = (await fifo.ReadLinesAsync(2, cancellationToken)).Select(line => ProcessEnd.Watch(int.Parse(line))).ToArray();
        process.Kill();
        await process.Exited.WaitAsync(cancellationToken);

        await process.DisposeAsync();

        await Task.WhenAll(ends).WaitAsync(cancellationToken);
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_in_a_session_of_its_own_stays_where_that_is_asked_for(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.KeepBackgroundProcesses = true);
        using var fifo = bench.CreateFifo();
        var process = await bench.LaunchAsync(LaunchBench.Shell(Script), cancellationToken, ("FIFO", fifo.Path));
        var ids = (await fifo.ReadLinesAsync(2, cancellationToken)).Select(int.Parse).ToArray();

        await process.DisposeAsync();

        ids.Should().OnlyContain(id => LaunchBench.Exists(id));
        foreach (var id in ids) LibC.Signal(id, 9).Should().BeTrue();
    }

    [Test, CancelAfter(30_000)]
    public async Task Failed_start_leaves_no_group_and_no_file(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var running = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);
        var script = bench.Directory.Write("program", "#!/nowhere/interpreter\n", isExecutable: true);
        var before = bench.RunEntries;
        var launch = LaunchBench.Launch(LaunchBench.Spec(script));

        var launching = () => bench.Provisioner.LaunchAsync(launch, cancellationToken);

        await launching.Should().ThrowAsync<KernelLaunchException>();
        GroupShouldBeGone(bench, launch.KernelId);
        bench.RunEntries.Should().BeEquivalentTo(before);
    }

    private static void GroupShouldBeGone(LaunchBench bench, string kernelId)
    {
        var runDirectory = Directory.GetDirectories(bench.RunRoot).Single();
        ControlGroupTree.Machine.Find($"{Path.GetFileName(runDirectory)}-{kernelId}").Should().BeNull();
    }
}
