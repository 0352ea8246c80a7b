using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

/// <summary>The causes that stop cells of a real ipykernel, and how they are reported.</summary>
[RequiresKernel]
public sealed class PythonStopTests
{
    private const int TestTimeout = 120_000;

    // The second step of the interrupt ladder never happens in these tests: the first interrupt must be enough.
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    [TestCase("!read a; echo \"got $a\"")]
    [TestCase("%%bash\nsleep 987 | cat")]
    [TestCase("import time\ntry: time.sleep(300)\nexcept KeyboardInterrupt: print('caught')")]
    [TestCase("import asyncio\nawait asyncio.sleep(300)")]
    [CancelAfter(TestTimeout)]
    public async Task An_exceeded_time_limit_is_the_reason_for_every_reply(string code)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        await python.Context.RunAsync("x = 1", cancellationToken: cancellationToken);

        var execution = await python.Context.RunAsync(code, new ExecutionOptions { Timeout = TimeSpan.FromSeconds(1) }, cancellationToken: cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.TimedOut
            && end.StoppedBy == ExecutionStopCause.TimeLimit && end.IsStatePreserved);
        (await python.Context.RunAsync("x", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_catches_the_interrupt_completes_with_a_stop_cause(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var execution = python.Context.Submit("import time\ntry:\n  print('on', flush=True)\n  time.sleep(300)\nexcept KeyboardInterrupt: print('caught')");
        await ExecutionSignals.OutputAsync(execution, cancellationToken);

        (await execution.InterruptAsync(cancellationToken)).Should().BeFalse();

        (await execution.Ended).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Completed && end.StoppedBy == ExecutionStopCause.Request && end.IsComplete);
    }

    [TestCase("import asyncio\nprint('on', flush=True)\nawait asyncio.sleep(300)", TestName = "A_cell_that_waits_is_interrupted_at_once")]
    // Not time.sleep: it sleeps to its end when the signal comes just before it begins.
    [TestCase(
        "import asyncio\nawait asyncio.sleep(0)\nprint('on', flush=True)\nwhile True: pass",
        TestName = "A_cell_that_computes_between_two_waits_is_interrupted_at_once")]
    [CancelAfter(TestTimeout)]
    public async Task A_cell_that_awaits_is_interrupted_at_once(string code)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.InterruptGrace = Never);
        await python.Context.RunAsync("x = 1", cancellationToken: cancellationToken);
        var execution = python.Context.Submit(code);
        await ExecutionSignals.OutputAsync(execution, cancellationToken);

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();

        (await execution.Ended).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Interrupted && end.IsStatePreserved);
        (await python.Context.RunAsync("x", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_interrupt_of_a_Jupyter_client_ends_a_cell_that_waits(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var execution = python.Context.Submit("import asyncio\nprint('on', flush=True)\nawait asyncio.sleep(300)");
        await ExecutionSignals.OutputAsync(execution, cancellationToken);

        await python.Context.Kernel.InterruptAsync(cancellationToken);

        (await execution.Ended.WaitAsync(cancellationToken)).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Error && end.IsStatePreserved && end.StoppedBy == null);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_steps_that_are_left_of_a_cell_that_gathers_do_not_run(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken, options => options.Kernels.InterruptGrace = Never);
        var execution = python.Context.Submit(
            """
            import asyncio, time
            done = []
            async def step(number):
                print("step", number, flush=True)
                time.sleep(1)
                done.append(number)
            await asyncio.gather(*(step(number) for number in range(10)))
            """);
        await ExecutionSignals.OutputAsync(execution, cancellationToken);

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();

        (await execution.Ended).IsStatePreserved.Should().BeTrue();
        (await python.Context.RunAsync("len(done) < 9", cancellationToken: cancellationToken)).Text.Should().Be("True");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_cell_behind_an_exit_runs_in_the_next_kernel(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        var exit = python.Context.Submit("a = 1; exit()");
        var next = python.Context.Submit("'a' in globals()");

        (await exit.Ended.WaitAsync(cancellationToken)).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Completed && !end.IsStatePreserved);
        (await next.WaitAsync(cancellationToken)).Text.Should().Be("False");
        python.Context.Kernel.AutomaticRestarts.Should().Be(0, "no kernel died");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_exit_that_keeps_the_kernel_keeps_the_state(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);

        var exit = await python.Context.RunAsync("a = 1; exit(keep_kernel=True)", cancellationToken: cancellationToken);

        exit.End.IsStatePreserved.Should().BeTrue();
        (await python.Context.RunAsync("a", cancellationToken: cancellationToken)).Text.Should().Be("1");
    }
}
