using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class LocalKernelProvisionerTests
{
    [Test, CancelAfter(60_000)]
    public async Task Hundred_kernels_started_at_once_share_one_thread(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var up = bench.CreateFifo();
        var gos = Enumerable.Range(0, 100).Select(_ => bench.CreateFifo()).ToArray();

        var processes = await Task.WhenAll(gos.Select((go, number) => Task.Run(
            () => bench.LaunchAsync(
                LaunchBench.Shell("echo started >&2; echo up > \"$UP\"; read line < \"$GO\"; exit $NUMBER"),
                cancellationToken,
                ("UP", up.Path),
                ("GO", go.Path),
                ("NUMBER", $"{number}")),
            cancellationToken)));
        await up.ReadLinesAsync(100, cancellationToken);

        MonitorThreads().Should().Be(1);
        processes.Select(process => process.ConnectionInfo.Ip).Should().OnlyHaveUniqueItems();
        processes.Select(process => process.ConnectionInfo.Key).Should().OnlyHaveUniqueItems();
        processes.Should().NotContain(process => process.Exited.IsCompleted);
        foreach (var go in gos) await go.WriteLineAsync("go", cancellationToken);

        var exits = Task.WhenAll(processes.Select(process => process.Exited));
        (await exits.WaitAsync(cancellationToken)).Select(exit => exit.ExitCode).Should().Equal(Enumerable.Range(0, 100).Cast<int?>());
        processes.Select(process => process.StandardErrorTail).Should().OnlyContain(tail => tail == "started\n");
        foreach (var go in gos) go.Dispose();
    }

    [Test, CancelAfter(30_000)]
    public async Task Connection_file_has_the_connection_info_of_the_process_object(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        var written = await ConnectionFile.ReadAsync(process.ConnectionFilePath, cancellationToken);

        written.Should().Be(process.ConnectionInfo);
        written.Key.Should().MatchRegex("^[0-9a-f]{64}$");
        written.SignatureScheme.Should().Be("hmac-sha256");
        written.KernelName.Should().Be("test");
        written.Ip.Should().StartWith("127.").And.NotBe("127.0.0.1");
    }

    [Test, CancelAfter(30_000)]
    public async Task Files_can_be_read_by_their_owner_only(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        File.GetUnixFileMode(bench.RunRoot).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        bench.RunEntries.Should().HaveCountGreaterThan(3, "a kernel has a directory, an owner file, a connection file and a record");
        foreach (var path in bench.RunEntries)
        {
            var expected = UnixFileMode.UserRead | UnixFileMode.UserWrite | (Directory.Exists(path) ? UnixFileMode.UserExecute : 0);
            File.GetUnixFileMode(path).Should().Be(expected, path);
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Disposed_process_leaves_nothing(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.IpcKernels.Add("test"));
        using var fifo = bench.CreateFifo();
        var process = await bench.LaunchAsync(
            LaunchBench.PythonScript(
                """
                import json, os, signal, socket, sys
                info = json.load(open(sys.argv[1]))
                sockets = []
                for channel in ("shell", "iopub", "stdin", "control", "hb"):
                    s = socket.socket(socket.AF_UNIX); s.bind("%s-%d" % (info["ip"], info[channel + "_port"])); s.listen(); sockets.append(s)
                child = os.fork()
                if child == 0: signal.pause()
                with open(os.environ["FIFO"], "w") as fifo: fifo.write("%d\n" % child)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                while True: signal.pause()
                """),
            cancellationToken,
            ("FIFO", fifo.Path));
        var child = int.Parse(await fifo.ReadLineAsync(cancellationToken));
        bench.RunEntries.Where(path => path.Contains("ipc-")).Should().HaveCount(5);
        var childEnd = ProcessEnd.Watch(child);

        await process.DisposeAsync();

        LaunchBench.Exists(process.ProcessId).Should().BeFalse();
        await childEnd.WaitAsync(cancellationToken);
        (await process.Exited).Should().Be(new KernelExit(null, 9));
        bench.RunEntries.Select(Path.GetFileName).Where(name => name!.Contains("ipc-") || name.EndsWith(".json")).Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_can_be_disposed_twice_and_at_once(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await process.DisposeAsync(), cancellationToken)));
        await process.DisposeAsync();

        LaunchBench.Exists(process.ProcessId).Should().BeFalse();
        process.Kill().Should().BeFalse();
    }

    [Test, CancelAfter(30_000)]
    public async Task Successor_with_the_same_kernel_id_keeps_its_files_when_the_predecessor_goes(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var launch = LaunchBench.Launch(LaunchBench.Shell("exec sleep 1000"));
        var first = await bench.Provisioner.LaunchAsync(launch, cancellationToken);
        await using var second = await bench.Provisioner.LaunchAsync(launch, cancellationToken);

        await first.DisposeAsync();

        (await ConnectionFile.ReadAsync(second.ConnectionFilePath, cancellationToken)).Should().Be(second.ConnectionInfo);
        second.ConnectionInfo.Ip.Should().NotBe(first.ConnectionInfo.Ip);
    }

    [Test, CancelAfter(30_000)]
    public async Task Disposed_provisioner_leaves_nothing_and_starts_nothing(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var processes = new List<IKernelProcess>();
        for (var i = 0; i < 3; i++) processes.Add(await bench.LaunchAsync(LaunchBench.Shell("trap '' TERM; sleep 1000; exit"), cancellationToken));

        await bench.Provisioner.DisposeAsync();

        processes.Should().OnlyContain(process => !LaunchBench.Exists(process.ProcessId));
        bench.RunEntries.Should().BeEmpty();
        var launching = () => bench.LaunchAsync(LaunchBench.Shell("exit 0"), cancellationToken);
        await launching.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task Cancelled_launch_starts_nothing()
    {
        await using var bench = new LaunchBench();

        var launching = () => bench.LaunchAsync(LaunchBench.Shell("exit 0"), new CancellationToken(canceled: true));

        await launching.Should().ThrowAsync<OperationCanceledException>();
        bench.RunEntries.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Ports_of_the_common_address_are_used_where_there_is_no_other(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options => options.UsesOwnLoopbackAddresses = false);
        await using var first = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);
        await using var second = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        first.ConnectionInfo.Ip.Should().Be("127.0.0.1");
        var ports = new[] { first, second }.Select(process => process.ConnectionInfo)
            .SelectMany(info => new[] { info.ShellPort, info.IOPubPort, info.StdinPort, info.ControlPort, info.HeartbeatPort });
        ports.Should().HaveCount(10).And.OnlyHaveUniqueItems();
    }

    [Test, CancelAfter(30_000)]
    public async Task Log_holds_neither_keys_nor_values_of_the_environment(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("echo $PASSWORD; exit 1"), cancellationToken, ("PASSWORD", "hunter2"));
        await process.Exited.WaitAsync(cancellationToken);
        await process.DisposeAsync();

        bench.Log.Lines.Should().ContainSingle(line => line.Contains($"launched as process {process.ProcessId}"));
        bench.Log.Lines.Should().NotContain(line => line.Contains("hunter2") || line.Contains(process.ConnectionInfo.Key));
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_that_outlasts_its_killing_keeps_its_files_until_it_is_gone(CancellationToken cancellationToken)
    {
        // With a KillTimeout of zero, nearly every process still runs when the timeout ends.
        await using var bench = new LaunchBench(options => options.KillTimeout = TimeSpan.Zero);
        var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        await process.DisposeAsync();

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, 9));
        SpinWait.SpinUntil(() => !File.Exists(process.ConnectionFilePath) || cancellationToken.IsCancellationRequested);
        File.Exists(process.ConnectionFilePath).Should().BeFalse();
    }

    // Not parallel, because it counts the descriptors of the whole process.
    [Test, CancelAfter(60_000), NonParallelizable]
    public async Task Kernels_that_come_and_go_leave_no_descriptor_open(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await LaunchAndDisposeAsync(20);
        var before = Descriptors();

        await LaunchAndDisposeAsync(60);

        Descriptors().Should().BeLessThan(before + 20, "the sixty kernels had three descriptors each");

        Task LaunchAndDisposeAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            var process = await bench.LaunchAsync(LaunchBench.Shell(number % 2 == 0 ? "exit 0" : "exec sleep 1000"), cancellationToken);
            await process.DisposeAsync();
        }));

        static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
    }

    // The system truncates thread names to 15 characters.
    private static int MonitorThreads() => Directory.EnumerateDirectories("/proc/self/task")
        .Count(task => File.Exists($"{task}/comm") && File.ReadAllText($"{task}/comm").Trim() == "process-monitor");
}
