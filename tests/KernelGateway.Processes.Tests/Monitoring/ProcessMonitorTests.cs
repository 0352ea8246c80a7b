using FluentAssertions;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Processes.Tests.Monitoring;

[Platform("Linux")]
public class ProcessMonitorTests
{
    [TestCase(true), TestCase(false), CancelAfter(30_000)]
    public async Task Exit_is_noticed_with_and_without_process_handles(bool useHandle, CancellationToken cancellationToken)
    {
        var monitor = new ProcessMonitor("test-exits");
        var processes = Enumerable.Range(0, 20).Select(number => Start($"exit {number}", useHandle)).ToArray();
        foreach (var process in processes) monitor.Watch(process);

        var exits = await Task.WhenAll(processes.Select(process => process.Exited)).WaitAsync(cancellationToken);

        exits.Select(exit => exit.ExitCode).Should().Equal(Enumerable.Range(0, 20).Cast<int?>());
        foreach (var process in processes) await monitor.LeaveAsync(process);
    }

    [TestCase(true), TestCase(false), CancelAfter(30_000)]
    public async Task Exit_before_anybody_watches_is_not_lost(bool useHandle, CancellationToken cancellationToken)
    {
        var monitor = new ProcessMonitor("test-early");
        using var directory = new TemporaryDirectory();
        using var fifo = new Fifo(directory.Combine("fifo"));
        var process = Start($"echo x > '{fifo.Path}'; exit 8", useHandle);
        await fifo.ReadLineAsync(cancellationToken);
        SpinWait.SpinUntil(() => LibC.HasExited(process.ProcessId) == true);

        monitor.Watch(process);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new ProcessExit(8, null));
        await monitor.LeaveAsync(process);
    }

    [TestCase(true), TestCase(false), CancelAfter(30_000)]
    public async Task Child_that_other_code_reaped_counts_as_ended(bool useHandle, CancellationToken cancellationToken)
    {
        var monitor = new ProcessMonitor("test-stolen");
        var process = Start("exit 8", useHandle);
        ProcessExit? stolen = null;
        SpinWait.SpinUntil(() => (stolen = ChildReaper.Reap(process.ProcessId)) is not null);

        monitor.Watch(process);

        stolen.Should().Be(new ProcessExit(8, null));
        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(ProcessExit.Unknown);
        await monitor.LeaveAsync(process);
    }

    [Test, CancelAfter(30_000)]
    public async Task Exit_is_not_reported_before_the_last_output_is_read(CancellationToken cancellationToken)
    {
        // There is no monitor, so nothing else reads the pipes.
        var process = Start("echo out; echo words >&2; exit 8", useHandle: false);
        SpinWait.SpinUntil(() => LibC.HasExited(process.ProcessId) == true || cancellationToken.IsCancellationRequested);

        process.CheckExit(new byte[16]);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new ProcessExit(8, null));
        process.StandardErrorTail.Should().Be("words\n");
        process.StandardOutputTail.Should().Be("out\n");
        process.Close();
    }

    [Test, CancelAfter(30_000)]
    public async Task Children_of_the_host_are_left_to_the_host(CancellationToken cancellationToken)
    {
        var monitor = new ProcessMonitor("test-host");
        using var host = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exit 5"]);
        var process = Start("exit 6", useHandle: false);
        monitor.Watch(process);

        await process.Exited.WaitAsync(cancellationToken);
        await host.WaitForExitAsync(cancellationToken);

        host.ExitCode.Should().Be(5);
        await monitor.LeaveAsync(process);
    }

    [Test, CancelAfter(30_000)]
    public async Task Thread_ends_with_the_last_process_and_comes_back_with_the_next(CancellationToken cancellationToken)
    {
        var name = $"t{Guid.NewGuid():N}"[..12];
        var monitor = new ProcessMonitor(name);
        for (var round = 0; round < 3; round++)
        {
            var process = Start("exec sleep 1000", useHandle: true);
            monitor.Watch(process);
            SpinWait.SpinUntil(() => Threads(name) == 1 || cancellationToken.IsCancellationRequested);
            process.Signal(9).Should().BeTrue();
            await process.Exited.WaitAsync(cancellationToken);

            await monitor.LeaveAsync(process);

            SpinWait.SpinUntil(() => Threads(name) == 0 || cancellationToken.IsCancellationRequested);
            Threads(name).Should().Be(0);
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Left_process_is_neither_signalled_nor_ended(CancellationToken cancellationToken)
    {
        var monitor = new ProcessMonitor("test-leave");
        var process = Start("exec sleep 1000", useHandle: true);
        monitor.Watch(process);

        await monitor.LeaveAsync(process).WaitAsync(cancellationToken);

        process.Signal(9).Should().BeFalse();
        LibC.HasExited(process.ProcessId).Should().BeFalse();
        LibC.SignalGroup(process.ProcessId, 9).Should().BeTrue();
        ProcessExit? exit = null;
        SpinWait.SpinUntil(() => (exit = ChildReaper.Reap(process.ProcessId)) is not null || cancellationToken.IsCancellationRequested);
        exit.Should().Be(new ProcessExit(null, 9));
    }

    private static MonitoredProcess Start(string script, bool useHandle)
    {
        var output = OutputPipe.Create(out var kernelOutput);
        var error = OutputPipe.Create(out var kernelError);
        using (kernelOutput)
        using (kernelError)
        {
            var request = new SpawnRequest
            {
                ProgramPath = "/bin/sh",
                Argv = ["sh", "-c", script],
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
                StandardOutput = kernelOutput,
                StandardError = kernelError,
            };
            ProcessSpawner.TrySpawn(request, out var processId).Should().Be(0);
            return MonitoredProcess.ForChild(processId, output, error, useHandle);
        }
    }

    private static int Threads(string name) => Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task) == name);

    private static string? NameOf(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/comm").Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
