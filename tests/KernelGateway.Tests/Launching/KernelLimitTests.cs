using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Native;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

/// <summary>Limits of memory and processes, with small programs in place of kernels.</summary>
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class KernelLimitTests
{
    private const long Mebibyte = 1 << 20;

    // Touches more and more memory. An error is told; the system's SIGKILL cannot be.
    private const string TakeMemory =
        """
        import os
        kept = []
        try:
            for _ in range(64): kept.append(b'x' * (32 << 20))
            text = 'got all'
        except MemoryError: text = 'refused'
        with open(os.environ['FIFO'], 'w') as fifo: fifo.write(text + '\n')
        """;

    // Starts at most 200 programs that wait for the end of their input.
    private const string TakeProcesses =
        """
        import errno, os, subprocess
        started, error = [], 0
        try:
            for _ in range(200): started.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))
        except OSError as refusal: error = refusal.errno
        with open(os.environ['FIFO'], 'w') as fifo: fifo.write(f'{len(started)} {errno.errorcode.get(error)}\n')
        for process in started: process.stdin.close()
        for process in started: process.wait()
        """;

    [Test, CancelAfter(60_000)]
    public async Task Kernel_that_needs_more_memory_than_its_group_may_have_is_killed_with_that_reason(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.MemoryLimit = 100 * Mebibyte);
        RequireGroups(bench);
        using var fifo = bench.CreateFifo();
        var launch = LaunchBench.Launch(LaunchBench.PythonScript(TakeMemory), ("FIFO", fifo.Path));
        var process = await bench.Provisioner.LaunchAsync(launch, cancellationToken);

        var exit = await process.Exited.WaitAsync(cancellationToken);

        exit.Should().Be(new KernelExit(null, 9) { IsOutOfMemory = true, ExceededMemoryLimit = 100 * Mebibyte });
        exit.ToString().Should().Be("signal 9 (SIGKILL), because it needed more memory than its limit of 100 MiB");
        await process.DisposeAsync();
        FindGroup(bench, launch).Should().BeNull();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kill_that_is_not_for_memory_has_no_such_reason(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.MemoryLimit = 100 * Mebibyte);
        RequireGroups(bench);
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        process.Kill();

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, 9));
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_may_not_have_more_processes_than_its_group(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.ProcessLimit = 64);
        RequireGroups(bench);
        using var fifo = bench.CreateFifo();
        var launch = LaunchBench.Launch(LaunchBench.PythonScript(TakeProcesses), ("FIFO", fifo.Path));
        await using (await bench.Provisioner.LaunchAsync(launch, cancellationToken))
            (await fifo.ReadLineAsync(cancellationToken)).Should().Be("63 EAGAIN", "the kernel itself is counted too");

        FindGroup(bench, launch).Should().BeNull();
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_of_another_user_is_limited_by_its_group(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run kernels as another user.");
        await using var bench = new LaunchBench(options =>
        {
            options.KernelUser = "games";
            options.MemoryLimit = 100 * Mebibyte;
            options.ProcessLimit = 64;
        });
        RequireGroups(bench);
        LetPass(bench);
        using var fifo = bench.CreateFifo();
        OpenToAll(fifo.Path);
        await using var counted = await bench.LaunchAsync(LaunchBench.PythonScript(TakeProcesses), cancellationToken, ("FIFO", fifo.Path));
        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("63 EAGAIN");

        await using var process = await bench.LaunchAsync(LaunchBench.PythonScript(TakeMemory), cancellationToken, ("FIFO", fifo.Path));

        (await process.Exited.WaitAsync(cancellationToken)).IsOutOfMemory.Should().BeTrue();
    }

    [Test, CancelAfter(60_000)]
    public async Task Without_groups_the_address_space_is_limited_and_code_gets_an_error(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options =>
        {
            options.UsesControlGroups = false;
            options.MemoryLimit = 500 * Mebibyte;
        });
        using var fifo = bench.CreateFifo();

        await using var process = await bench.LaunchAsync(LaunchBench.PythonScript(TakeMemory), cancellationToken, ("FIFO", fifo.Path));

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("refused");
        bench.Log.Lines.Should().ContainSingle(line => line.StartsWith(
            "Each kernel is limited to 500 MiB of memory by a resource limit", StringComparison.Ordinal));
        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(0, null));
    }

    [Test, CancelAfter(60_000)]
    public async Task Without_groups_the_processes_of_the_user_are_limited(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can run kernels as a user who has no other processes.");
        await using var bench = new LaunchBench(options =>
        {
            options.UsesControlGroups = false;
            options.KernelUser = "lp";
            options.ProcessLimit = 64;
        });
        LetPass(bench);
        using var fifo = bench.CreateFifo();
        OpenToAll(fifo.Path);

        await using var process = await bench.LaunchAsync(LaunchBench.PythonScript(TakeProcesses), cancellationToken, ("FIFO", fifo.Path));

        (await fifo.ReadLineAsync(cancellationToken)).Should().MatchRegex("^(6[0-3]|[1-5][0-9]) EAGAIN$");
    }

    [Test]
    public async Task Root_without_groups_is_told_that_its_processes_are_not_limited()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("It concerns root only.");
        await using var bench = new LaunchBench(options =>
        {
            options.UsesControlGroups = false;
            options.ProcessLimit = 64;
        });

        _ = bench.Provisioner;

        bench.Log.Lines.Should().ContainSingle().Which.Should().StartWith("Kernels are not limited to 64 processes and threads: ");
    }

    [Test, CancelAfter(60_000)]
    public async Task Failed_start_of_a_limited_kernel_leaves_no_group(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.ProcessLimit = 8);
        RequireGroups(bench);
        var script = bench.Directory.Write("program", "#!/nowhere/interpreter\n", isExecutable: true);
        var launch = LaunchBench.Launch(LaunchBench.Spec(script));

        await using (var process = await bench.Provisioner.LaunchAsync(launch, cancellationToken))
        {
            (await process.Exited.WaitAsync(cancellationToken)).ExitCode.Should().BeOneOf(126, 127);
            process.StandardErrorTail.Should().Contain(script);
        }

        FindGroup(bench, launch).Should().BeNull();
    }

    [Test, CancelAfter(60_000)]
    public async Task Group_of_a_kernel_whose_processes_may_outlive_it_goes_with_the_last_of_them(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options =>
        {
            options.ProcessLimit = 8;
            options.KeepBackgroundProcesses = true;
        });
        RequireGroups(bench);
        using var fifo = bench.CreateFifo();
        // The child writes its id when it has left the session of the kernel, which ends with the kernel.
        var launch = LaunchBench.Launch(LaunchBench.Shell("setsid sh -c 'echo $$ > \"$FIFO\"; exec sleep 1000' & exec sleep 1000"), ("FIFO", fifo.Path));
        var process = await bench.Provisioner.LaunchAsync(launch, cancellationToken);
        var child = int.Parse(await fifo.ReadLineAsync(cancellationToken));
        var end = ProcessEnd.Watch(child);
        await process.DisposeAsync();
        FindGroup(bench, launch).Should().NotBeNull("a process is in it");

        LibC.Signal(child, Signals.Kill);

        await end.WaitAsync(cancellationToken);
        SpinWait.SpinUntil(() => FindGroup(bench, launch) is null, TimeSpan.FromSeconds(20));
        FindGroup(bench, launch).Should().BeNull();
    }

    [Test, CancelAfter(60_000)]
    public async Task Group_of_an_adopted_kernel_whose_processes_may_outlive_it_goes_with_it(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options =>
        {
            options.ProcessLimit = 8;
            options.KeepBackgroundProcesses = true;
        });
        RequireGroups(bench);
        var launch = LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000"));
        var left = await LeftKernel.LeaveAsync(bench, launch, cancellationToken);
        var key = KeyOf(bench, launch);
        ControlGroupTree.Machine.Find(key).Should().NotBeNull("the kernel is in it");
        var adopted = await LeftKernel.AdoptAsync(bench, cancellationToken);

        await adopted.DisposeAsync();

        ControlGroupTree.Machine.Find(key).Should().BeNull();
        LeftKernel.Collect(left);
    }

    [Test, CancelAfter(60_000)]
    public async Task Kernel_and_its_children_are_killed_for_memory_before_the_gateway([Values] bool isLimited, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.ProcessLimit = isLimited ? 32 : null);
        using var fifo = bench.CreateFifo();
        using var go = bench.CreateFifo();
        const string Script = "cat /proc/self/oom_score_adj > \"$FIFO\"; sh -c 'cat /proc/self/oom_score_adj' > \"$FIFO\"; exec sleep 1000";
        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell($"read line < \"$GO\"; {Script}"), cancellationToken, ("FIFO", fifo.Path), ("GO", go.Path));
        await go.WriteLineAsync("go", cancellationToken);

        var expected = Math.Min(OutOfMemoryScore.Read("self")!.Value + OutOfMemoryScore.Difference, 1000);
        (await fifo.ReadLinesAsync(2, cancellationToken)).Should().AllBe($"{expected}");
        OutOfMemoryScore.Read("self").Should().BeLessThan(expected);
    }

    [TestCase(16 * Mebibyte - 1, 1, "MemoryLimit")]
    [TestCase(16 * Mebibyte, 0, "ProcessLimit")]
    public void Limits_that_nothing_can_run_under_are_refused(long memory, int processes, string name)
    {
        using var directory = new TemporaryDirectory();

        var creating = () => new KernelGateway.Launching.Local.LocalKernelProvisioner(new LaunchOptions
        {
            MemoryLimit = memory, ProcessLimit = processes, RunDirectoryRoot = directory.Path,
        });

        creating.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }

    private static ControlGroup? FindGroup(LaunchBench bench, KernelLaunch launch) =>
        ControlGroupTree.Machine.Find(KeyOf(bench, launch));

    private static string KeyOf(LaunchBench bench, KernelLaunch launch) =>
        $"{Path.GetFileName(Directory.GetDirectories(bench.RunRoot).Single())}-{launch.KernelId}";

    private static void RequireGroups(LaunchBench bench)
    {
        _ = bench.Provisioner;
        if (!bench.Log.Lines.Any(line => line.Contains("by a control group", StringComparison.Ordinal)))
            Assert.Ignore("This user may not make control groups with limits on this machine.");
    }

    private static void LetPass(LaunchBench bench) => File.SetUnixFileMode(bench.Directory.Path, (UnixFileMode)0x1ED);

    private static void OpenToAll(string path) => File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
}
