using FluentAssertions;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using KernelGateway.Tests.Launching.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.Tests.Launching.Support.LeftKernel;

namespace KernelGateway.Tests.Launching.RunDirectories;

/// <summary>Records of former gateways that do not lead to an adoption: of dead kernels, of the wrong process, of a running gateway.</summary>
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class RefusedAdoptionTests
{
    [Test, CancelAfter(30_000)]
    public async Task Kernel_that_died_meanwhile_is_not_adopted(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);
        LibC.Signal(left.ProcessId, 9);
        Collect(left);

        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Single();

        orphan.IsRunning.Should().BeFalse();
        (await orphan.AdoptAsync(cancellationToken: cancellationToken)).Should().BeNull();
        await orphan.EndAsync(cancellationToken);
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_that_got_the_id_of_a_dead_kernel_is_left_alone(CancellationToken cancellationToken)
    {
        await ReplaceProcessAsync(_ => "another-boot:1", cancellationToken);
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_without_the_kernels_mark_is_left_alone_though_a_record_names_it(CancellationToken cancellationToken)
    {
        await ReplaceProcessAsync(innocent => ProcessStart.Read(innocent)!, cancellationToken);
    }

    [Test, CancelAfter(30_000)]
    public async Task Record_that_names_the_connection_file_of_another_directory_is_not_believed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.KeepBackgroundProcesses = true);
        var left = await LeaveAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);
        var path = bench.RunEntries.Single(entry => Path.GetFileName(entry).StartsWith("record-"));
        var record = JObject.Parse(await File.ReadAllTextAsync(path, cancellationToken));
        record["connection_file"] = "/etc/kernel-x.json";
        await File.WriteAllTextAsync(path, record.ToString(), cancellationToken);

        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty();

        LibC.HasExited(left.ProcessId).Should().BeFalse();
        LibC.Signal(left.ProcessId, 9);
        Collect(left);
    }

    [Test, CancelAfter(30_000)]
    public async Task Kernels_of_a_gateway_that_lives_are_not_found(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().BeEmpty();

        File.Exists(process.ConnectionFilePath).Should().BeTrue();
    }

    /// <summary>Replaces the process id in a record by that of an unrelated process, and lets a gateway end the recorded kernel.</summary>
    private static async Task ReplaceProcessAsync(Func<int, string> start, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var left = await LeaveAsync(bench, LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000")), cancellationToken);
        await using var other = new LaunchBench();
        await using var innocent = await other.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);
        var path = bench.RunEntries.Single(entry => Path.GetFileName(entry).StartsWith("record-"));
        var record = JObject.Parse(await File.ReadAllTextAsync(path, cancellationToken));
        record["process_id"] = innocent.ProcessId;
        record["process_start"] = start(innocent.ProcessId);
        await File.WriteAllTextAsync(path, record.ToString(), cancellationToken);

        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Single();

        orphan.IsRunning.Should().BeFalse();
        (await orphan.AdoptAsync(cancellationToken: cancellationToken)).Should().BeNull();
        await orphan.EndAsync(cancellationToken);
        innocent.Exited.IsCompleted.Should().BeFalse();
        // The process with the kernel's mark belongs to the kernel, whatever the record says, and has ended.
        Collect(left);
        bench.RunEntries.Should().BeEmpty();
    }
}
