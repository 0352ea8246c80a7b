using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Kernels;

[RequiresKernel]
public sealed class KernelDeathTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Kill_9_ends_the_running_execution_with_the_signal_and_the_queue_continues(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var id = python.Context.Id;
        var running = python.Context.Submit("import time\nprint('last output', flush=True)\ntime.sleep(300)");
        await ExecutionSignals.OutputAsync(running, cancellationToken);
        var waiting = python.Context.Submit("'on the new kernel'");

        Process.GetProcessById(python.Context.Kernel.ProcessId!.Value).Kill();

        var end = await running.Ended;
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Signal.Should().Be(9);
        end.IsStatePreserved.Should().BeFalse();
        string.Concat((await running.WaitAsync(cancellationToken)).Logs.Stdout).Should().Be("last output\n");
        (await waiting.WaitAsync(cancellationToken)).Text.Should().Be("'on the new kernel'");
        waiting.ExecutionCount.Should().Be(1);
        python.Context.Id.Should().Be(id);
        python.Context.Kernel.AutomaticRestarts.Should().Be(1);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Everything_printed_before_the_end_arrives_with_an_observer_that_takes_two_milliseconds_a_message(CancellationToken cancellationToken)
    {
        const int Lines = 2000;
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        using var observation = python.Context.Kernel.Observe(new SlowObserver());

        var execution = await python.Context.RunAsync(
            $"""
            import os, time
            for i in range({Lines}): print(i, flush=True)
            time.sleep(0.2)
            os._exit(1)
            """,
            cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.KernelDied);
        string.Concat(execution.Logs.Stdout).Should().Be(string.Concat(Enumerable.Range(0, Lines).Select(line => $"{line}\n")));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernel_with_a_deleted_directory_is_restarted_when_the_directory_exists_again(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("gone-");
        await using var python = await PythonGateway.StartAsync(
            cancellationToken, context: new() { Language = "python", WorkingDirectory = directory.FullName });
        await python.Context.RunAsync("x = 41", cancellationToken: cancellationToken);
        directory.Delete();

        await FluentActions.Awaiting(() => python.Context.RestartAsync(cancellationToken)).Should().ThrowAsync<KernelRestartRefusedException>();
        var kept = await python.Context.RunAsync("x", cancellationToken: cancellationToken);
        kept.Text.Should().Be("41");
        kept.End.IsStatePreserved.Should().BeTrue();

        var states = new StateLog();
        using var observation = python.Context.Kernel.Observe(states);
        Process.GetProcessById(python.Context.Kernel.ProcessId!.Value).Kill();
        await states.States.WaitForAsync(state => state == KernelState.Dead, cancellationToken);
        var rejected = await python.Context.RunAsync("x", cancellationToken: cancellationToken);
        rejected.End.Reason.Should().Be(ExecutionEndReason.Rejected);
        rejected.End.IsStatePreserved.Should().BeFalse();
        rejected.End.Message.Should().Contain(directory.FullName);

        directory.Create();
        await states.States.WaitForAsync(state => state == KernelState.Ready, cancellationToken);
        (await python.Context.RunAsync("6 * 7", cancellationToken: cancellationToken)).Text.Should().Be("42");
        directory.Delete();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernel_that_exits_by_itself_reports_its_exit_code_and_its_last_output(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var execution = await python.Context.RunAsync(
            "import os\nos.write(2, b'fatal: no more\\n')\nos.write(os.open('/proc/self/fd/2', os.O_WRONLY), b'')\nos._exit(7)",
            cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.KernelDied);
        execution.End.ExitCode.Should().Be(7);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_kernel_that_dies_again_and_again_is_given_up_until_it_is_restarted(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.MaxRestarts = 1);

        (await python.Context.RunAsync("import os; os._exit(1)", cancellationToken: cancellationToken)).End.Reason
            .Should().Be(ExecutionEndReason.KernelDied);
        (await python.Context.RunAsync("import os; os._exit(1)", cancellationToken: cancellationToken)).End.Reason
            .Should().Be(ExecutionEndReason.KernelDied);
        var refused = await python.Context.RunAsync("1", cancellationToken: cancellationToken);

        refused.End.Reason.Should().Be(ExecutionEndReason.Rejected);
        refused.End.Message.Should().Contain("not restarted any more");
        python.Context.Kernel.State.Should().Be(KernelState.Dead);

        await python.Context.RestartAsync(cancellationToken);
        (await python.Context.RunAsync("'back'", cancellationToken: cancellationToken)).Text.Should().Be("'back'");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Variables_of_the_context_and_its_directory_survive_a_death(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("context-");
        try
        {
            await using var python = await PythonGateway.StartAsync(
                cancellationToken,
                context: new()
                {
                    WorkingDirectory = directory.FullName,
                    EnvironmentVariables = new Dictionary<string, string> { ["FOO"] = "it's \"quoted\"\n" },
                });
            await python.Context.RunAsync("import os; os.kill(os.getpid(), 9)", cancellationToken: cancellationToken);

            var execution = await python.Context.RunAsync("import os; print(os.environ['FOO'] + os.getcwd())", cancellationToken: cancellationToken);

            string.Concat(execution.Logs.Stdout).Should().Be($"it's \"quoted\"\n{directory.FullName}\n");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Stopping_leaves_no_process_and_no_file(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("run-");
        try
        {
            int pid;
            await using (var python = await PythonGateway.StartAsync(
                cancellationToken, options => options.Launching.RunDirectoryRoot = root.FullName))
            {
                pid = python.Context.Kernel.ProcessId!.Value;
                await python.Context.RunAsync("1", cancellationToken: cancellationToken);
                Directory.GetFiles(root.FullName, "*.json", SearchOption.AllDirectories).Should().NotBeEmpty("the kernel has a connection file");
            }

            Directory.Exists($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}").Should().BeFalse();
            Directory.GetFileSystemEntries(root.FullName, "*", SearchOption.AllDirectories).Should().BeEmpty();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Idle_contexts_cost_no_thread(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var before = OwnThreads();

        for (var i = 0; i < 8; i++) await python.Gateway.Contexts.CreateAsync(cancellationToken: cancellationToken);

        // The thread pool changes the number by a few threads. Eight kernels with four sockets and two pipes each add none.
        (OwnThreads() - before).Should().BeLessThan(8);

        static int OwnThreads() => Process.GetCurrentProcess().Threads.Count;
    }

    private sealed class SlowObserver : IKernelObserver
    {
        public void OnMessage(KernelChannel channel, JupyterMessage message)
        {
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(2)) Thread.Yield();
        }

        public void OnStateChanged(KernelState state, string? reason)
        {
        }
    }

    private sealed class StateLog : IKernelObserver
    {
        public AwaitableLog<KernelState> States { get; } = new();

        public void OnMessage(KernelChannel channel, JupyterMessage message)
        {
        }

        public void OnStateChanged(KernelState state, string? reason) => States.Add(state);
    }
}
