using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Testing.Logging;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Launching.Support;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using static KernelGateway.Tests.Launching.Support.LeftKernel;

namespace KernelGateway.Tests.Launching.RunDirectories;

/// <summary>Kernels of a former gateway that are not adopted. The gateway starts in every case, and no kernel is forgotten.</summary>
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class OrphanEndTests
{
    private const int NotEnded = 4014;
    private const int EndFailed = 4015;

    private static readonly KernelLaunch Unclaimed =
        LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")) with { ContextFields = ContextRecord.Unclaimed() };

    [Test, CancelAfter(30_000)]
    public async Task Kernel_that_does_not_end_is_left_to_the_next_gateway(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.KillTimeout = TimeSpan.Zero);
        var left = await LeaveAsync(bench, Unclaimed, cancellationToken);

        await using (await HeldProcess.HoldAsync(left.ProcessId, cancellationToken))
        {
            (await (await FindAsync(bench, cancellationToken)).EndAsync(bench.Options, cancellationToken)).Should().BeFalse();
        }

        Collect(left);
        File.Exists(left.ConnectionFilePath).Should().BeTrue();
        (await (await FindAsync(bench, cancellationToken)).EndAsync(cancellationToken)).Should().BeTrue();
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Gateway_starts_though_an_orphan_does_not_end(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.KillTimeout = TimeSpan.Zero);
        var left = await LeaveAsync(bench, Unclaimed, cancellationToken);
        var log = new LogCollector();
        var builder = new GatewayBuilder { LoggerFactory = log };
        builder.Options.AdoptOrphanedKernels = true;
        builder.Options.Launching.RunDirectoryRoot = bench.RunRoot;
        builder.Options.Launching.KillTimeout = TimeSpan.Zero;

        await using (await HeldProcess.HoldAsync(left.ProcessId, cancellationToken))
        await using (await builder.StartAsync(cancellationToken))
        {
            var entry = log.Entries.Should().ContainSingle(one => one.EventId.Id == NotEnded).Which;
            entry.Level.Should().Be(LogLevel.Error);
            entry["ProcessId"].Should().Be(left.ProcessId);
        }

        Collect(left);
        (await (await FindAsync(bench, cancellationToken)).EndAsync(cancellationToken)).Should().BeTrue("the next gateway removes what is left");
    }

    [Test, CancelAfter(30_000)]
    public async Task Gateway_starts_though_ending_an_orphan_throws(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var scripted = await ScriptedGateway.StartAsync();
        var left = await LeaveAsync(bench, Unclaimed, cancellationToken);
        // No timer accepts this duration. The gateway validates its options, this test bypasses the validation.
        bench.Options.KillTimeout = TimeSpan.FromDays(60);

        await new OrphanAdoption(scripted.Gateway.Contexts, bench.Options, scripted.Log.CreateLogger("test")).RunAsync(cancellationToken);

        scripted.Log.Entries.Should().ContainSingle(one => one.EventId.Id == EndFailed).Which.Exception.Should().BeOfType<ArgumentOutOfRangeException>();
        Collect(left);
        (await (await FindAsync(bench, cancellationToken)).EndAsync(cancellationToken)).Should().BeTrue();
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernel_for_which_there_is_no_room_is_ended(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Options.Contexts.MaxContexts = 1);
        await scripted.CreateContextAsync(cancellationToken);
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000") with { Name = "echo" }) with
        {
            ContextFields = new ContextRecord("echo", "/", null).ToJson(),
        };
        var left = await LeaveAsync(bench, launch, cancellationToken);
        var end = ProcessEnd.Watch(left.ProcessId);
        var orphan = await FindAsync(bench, cancellationToken);

        await FluentActions.Awaiting(() => scripted.Gateway.Contexts.AdoptAsync(orphan, cancellationToken)).Should().ThrowAsync<ContextLimitException>();

        await end.WaitAsync(cancellationToken);
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Search_that_is_cancelled_returns_the_kernels_that_it_has_claimed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveAsync(bench, Unclaimed, cancellationToken);
        // These names sort after the directory of the kernel, whose name begins with a digit. The search retries x-locked: its owner is gone, but
        // its lock is held.
        bench.Directory.Write("run/x-locked/owner", "1 x\n");
        bench.Directory.Write("run/y-dead/owner", "1 x\n");
        foreach (var name in new[] { "x-locked", "y-dead" }) File.SetUnixFileMode(bench.Directory.Combine("run", name), PrivateFiles.DirectoryMode);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<IReadOnlyList<OrphanedKernel>> search;
        using (new FileStream(bench.Directory.Combine("run", "x-locked", "owner"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            search = OrphanSearch.RunAsync(new RunRoots(bench.RunRoot, _ => null, bench.Directory.Path), stop.Token);
            search.IsCompleted.Should().BeFalse("the second directory is locked");
            await stop.CancelAsync();
        }

        var orphan = (await search).Should().ContainSingle().Which;

        orphan.Leave();
        (await (await FindAsync(bench, cancellationToken)).EndAsync(cancellationToken)).Should().BeTrue("the kernel is not locked any more");
        Collect(left);
    }

    [Test, CancelAfter(30_000)]
    public async Task Search_is_not_begun_when_it_is_cancelled_before(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveAsync(bench, Unclaimed, cancellationToken);

        await FluentActions.Awaiting(() => OrphanedKernel.FindAllAsync(bench.RunRoot, new CancellationToken(canceled: true)))
            .Should().ThrowAsync<OperationCanceledException>();

        (await (await FindAsync(bench, cancellationToken)).EndAsync(cancellationToken)).Should().BeTrue();
        Collect(left);
    }

    private static async Task<OrphanedKernel> FindAsync(LaunchBench bench, CancellationToken cancellationToken) =>
        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;
}
