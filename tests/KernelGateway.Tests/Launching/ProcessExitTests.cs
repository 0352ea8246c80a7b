using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
public class ProcessExitTests
{
    [TestCase(0), TestCase(1), TestCase(3), TestCase(255), CancelAfter(30_000)]
    public async Task An_exit_code_is_reported_as_it_is(int code, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell($"exit {code}"), cancellationToken);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(code, null));
    }

    [TestCase(1), TestCase(2), TestCase(3), TestCase(4), TestCase(6), TestCase(8), TestCase(9), TestCase(10), TestCase(11), TestCase(12)]
    [TestCase(13), TestCase(14), TestCase(15), CancelAfter(30_000)]
    public async Task A_death_by_signal_is_reported_with_that_signal(int signal, CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        // Without core files: signals that write one would leave it in the working directory.
        await using var process = await bench.LaunchAsync(LaunchBench.Shell($"ulimit -c 0; kill -{signal} $$; exit 99"), cancellationToken);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, signal));
    }

    [Test, CancelAfter(30_000)]
    public async Task A_process_killed_by_another_program_is_noticed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        using (var killer = System.Diagnostics.Process.Start("/bin/kill", ["-9", $"{process.ProcessId}"])) await killer.WaitForExitAsync(cancellationToken);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, 9));
    }

    [Test, CancelAfter(30_000)]
    public async Task Signals_end_the_process_with_their_own_numbers(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        foreach (var (send, signal) in new (Func<IKernelProcess, bool>, int)[] { (p => p.Interrupt(), 2), (p => p.Terminate(), 15), (p => p.Kill(), 9) })
        {
            await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

            send(process).Should().BeTrue();

            (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, signal));
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Signals_to_an_ended_process_return_false(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exit 0"), cancellationToken);
        await process.Exited.WaitAsync(cancellationToken);

        process.Interrupt().Should().BeFalse();
        process.Terminate().Should().BeFalse();
        process.Kill().Should().BeFalse();
    }

    [Test, CancelAfter(30_000)]
    public async Task An_exited_process_leaves_no_zombie(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exit 7"), cancellationToken);

        await process.Exited.WaitAsync(cancellationToken);

        LaunchBench.Exists(process.ProcessId).Should().BeFalse("the process was reaped");
    }

    [Test, CancelAfter(30_000)]
    public async Task A_signal_reaches_the_kernels_children(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        const string Script =
            """
            import os, signal
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            name = "child" if os.fork() == 0 else "kernel"
            def tell(text):
                with open(os.environ["FIFO"], "w") as fifo: fifo.write(text + "\n")
            tell("ready")
            while signal.sigwait({signal.SIGINT}): tell(name)
            """;
        await using var process = await bench.LaunchAsync(LaunchBench.PythonScript(Script), cancellationToken, ("FIFO", fifo.Path));
        await fifo.ReadLinesAsync(2, cancellationToken);

        process.Interrupt().Should().BeTrue();

        (await fifo.ReadLinesAsync(2, cancellationToken)).Should().BeEquivalentTo("kernel", "child");
        process.Exited.IsCompleted.Should().BeFalse("both processes caught the signal");
    }

    [Test, CancelAfter(30_000)]
    public async Task Children_of_the_kernel_end_with_it(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        using var go = bench.CreateFifo();
        await using var process = await bench.LaunchAsync(
            LaunchBench.PythonScript(
                """
                import os, signal, time
                child = os.fork()
                if child == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    with open(os.environ["FIFO"], "w") as fifo: fifo.write(str(os.getpid()) + "\n")
                    while True: time.sleep(1000)
                open(os.environ["GO"]).readline()
                os._exit(5)
                """),
            cancellationToken,
            ("FIFO", fifo.Path),
            ("GO", go.Path));
        var child = int.Parse(await fifo.ReadLineAsync(cancellationToken));
        var childEnd = ProcessEnd.Watch(child);

        await File.WriteAllTextAsync(go.Path, "go\n", cancellationToken);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(5, null));
        await childEnd.WaitAsync(cancellationToken);
    }
}
