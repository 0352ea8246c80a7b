using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

[RequiresKernel]
public sealed class PythonExecutionTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_value_is_the_result_and_state_is_kept(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var first = await python.Context.RunAsync("x = 20", cancellationToken: cancellationToken);
        var second = await python.Context.RunAsync("x += 1; x * 2", cancellationToken: cancellationToken);

        first.Text.Should().BeNull();
        first.ExecutionCount.Should().Be(1);
        second.Text.Should().Be("42");
        second.ExecutionCount.Should().Be(2);
        second.End.Should().BeEquivalentTo(new ExecutionEnd
        {
            Reason = ExecutionEndReason.Completed, IsComplete = true, ReplySeen = true, IdleSeen = true, Counts = new(0, 0, 1),
        });
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Output_arrives_while_the_code_runs(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var gate = Path.Combine(Path.GetTempPath(), $"gate-{Guid.NewGuid():N}");

        // The cell continues only after the test has seen the printed line.
        var code = $"""
            import os, time
            print("before", flush=True)
            while not os.path.exists({gate.Quoted()}): time.sleep(0.01)
            print("after")
            """;
        try
        {
            var lines = new List<string>();
            await python.Context.RunAsync(
                code,
                callbacks: new ExecutionCallbacks
                {
                    OnStdout = line =>
                    {
                        lines.Add(line);
                        File.WriteAllText(gate, "");
                    },
                },
                cancellationToken: cancellationToken);

            string.Concat(lines).Should().Be("before\nafter\n");
        }
        finally
        {
            File.Delete(gate);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Streams_results_and_updates_come_in_the_order_of_the_code(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var execution = await python.Context.RunAsync(
            """
            import sys
            from IPython.display import display, HTML
            sys.stdout.write("out\n"); sys.stdout.flush()
            sys.stderr.write("err\n"); sys.stderr.flush()
            handle = display("first", display_id=True)
            display(HTML("<b>bold</b>"))
            handle.update("second")
            "value"
            """,
            cancellationToken: cancellationToken);

        string.Concat(execution.Logs.Stdout).Should().Be("out\n");
        string.Concat(execution.Logs.Stderr).Should().Be("err\n");
        execution.Results.Select(result => result.Text).Should()
            .Equal("'second'", "<IPython.core.display.HTML object>", "'value'");
        execution.Results[1].Html.Should().Be("<b>bold</b>");
        execution.Results.Select(result => result.IsMainResult).Should().Equal(false, false, true);
        var kinds = new List<Type>();
        await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken)) kinds.Add(executionEvent.GetType());
        kinds.Should().Equal(
            typeof(StartedEvent), typeof(StreamEvent), typeof(StreamEvent), typeof(ResultEvent), typeof(ResultEvent),
            typeof(ResultUpdateEvent), typeof(ResultEvent), typeof(EndEvent));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_error_is_a_result_with_its_traceback(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var execution = await python.Context.RunAsync("def f():\n    return 1 / 0\nf()", cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Error);
        execution.Error!.Name.Should().Be("ZeroDivisionError");
        execution.Error.Value.Should().Be("division by zero");
        string.Concat(execution.Error.Traceback).Should().Contain("division by zero");
        (await python.Context.RunAsync("'alive'", cancellationToken: cancellationToken)).Text.Should().Be("'alive'");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_cell_sent_right_behind_a_failing_one_is_not_aborted(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        for (var i = 0; i < 20; i++)
        {
            var failing = python.Context.Submit("1 / 0");
            var next = python.Context.Submit("'ran'");
            (await failing.Ended).Reason.Should().Be(ExecutionEndReason.Error);
            (await next.WaitAsync(cancellationToken)).Text.Should().Be("'ran'");
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Input_raises_unless_it_is_allowed(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var refused = await python.Context.RunAsync("input('name? ')", cancellationToken: cancellationToken);
        refused.Error!.Name.Should().Be("StdinNotImplementedError");

        var prompts = new List<(string, bool)>();
        var answered = await python.Context.RunAsync(
            "import getpass\ninput('name? ') + getpass.getpass('secret? ')",
            callbacks: new ExecutionCallbacks
            {
                OnInput = (request, _) =>
                {
                    prompts.Add((request.Prompt, request.IsPassword));
                    return Task.FromResult("Ada");
                },
            },
            cancellationToken: cancellationToken);
        answered.Text.Should().Be("'AdaAda'");
        prompts.Should().Equal(("name? ", false), ("secret? ", true));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Clear_output_is_honoured_in_the_aggregate(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var execution = await python.Context.RunAsync(
            "from IPython.display import clear_output\nprint('old', flush=True)\nclear_output(wait=True)\nprint('new')",
            cancellationToken: cancellationToken);

        string.Concat(execution.Logs.Stdout).Should().Be("new\n");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Output_of_a_thread_that_outlives_the_cell_is_late_and_never_in_another_execution(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var gate = Path.Combine(Path.GetTempPath(), $"gate-{Guid.NewGuid():N}");
        try
        {
            var output = new OutputSignal();
            using var observation = python.Context.Kernel.Observe(output);
            var first = await python.Context.RunAsync(
                $"""
                import os, threading, time
                def work():
                    while not os.path.exists({gate.Quoted()}): time.sleep(0.01)
                    print("late", flush=True)
                thread = threading.Thread(target=work)
                thread.start()
                """,
                cancellationToken: cancellationToken);
            File.WriteAllText(gate, "");
            await output.Seen.WaitAsync(cancellationToken);
            var second = await python.Context.RunAsync("thread.join(); 'second'", cancellationToken: cancellationToken);

            var late = new List<ExecutionEvent>();
            await foreach (var executionEvent in first.ReadEventsAsync(first.Journal.EndSequence, cancellationToken)) late.Add(executionEvent);
            late.Should().NotBeEmpty().And.AllSatisfy(executionEvent => executionEvent.IsLate.Should().BeTrue());
            late[0].Should().BeOfType<StreamEvent>().Which.Text.Should().StartWith("late");
            second.Logs.Stdout.Should().BeEmpty();
        }
        finally
        {
            File.Delete(gate);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_timeout_interrupts_and_keeps_the_state(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await python.Context.RunAsync("x = 1", cancellationToken: cancellationToken);

        var execution = await python.Context.RunAsync(
            "import time\ntime.sleep(300)",
            new ExecutionOptions { Timeout = TimeSpan.FromMilliseconds(300) },
            cancellationToken: cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.TimedOut);
        execution.End.IsStatePreserved.Should().BeTrue();
        (await python.Context.RunAsync("x", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }

    [Test]
    [CancelAfter(90_000)]
    public async Task Code_that_ignores_interrupts_is_ended_by_a_restart(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(
            cancellationToken, options => options.Kernels.InterruptGrace = TimeSpan.FromMilliseconds(500));
        var execution = python.Context.Submit(
            """
            import signal, time
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            print("deaf", flush=True)
            while True: time.sleep(1)
            """);
        await ExecutionSignals.OutputAsync(execution, cancellationToken);

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();

        var end = await execution.Ended;
        end.Reason.Should().Be(ExecutionEndReason.Interrupted);
        end.IsStatePreserved.Should().BeFalse();
        (await python.Context.RunAsync("'back'", cancellationToken: cancellationToken)).Text.Should().Be("'back'");
    }
}
