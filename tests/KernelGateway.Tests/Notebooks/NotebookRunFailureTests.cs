using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Launching;
using KernelGateway.Notebooks;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

/// <summary>Failures that end a run before its last cell, and the content of the notebook afterwards.</summary>
public sealed class NotebookRunFailureTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task First_error_ends_the_run_and_later_cells_keep_nothing_stale(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print a", "raise ValueError no", "print never");

        var run = await NotebookRunner.RunAsync(scripted.Gateway, notebook, cancellationToken: cancellationToken);

        run.CellsRun.Should().Be(2);
        run.Failure!.Cell.Index.Should().Be(1);
        run.Failure.Reason.Should().Be(ExecutionEndReason.Error);
        run.Failure.Error.Should().Match<ExecutionError>(error => error.Name == "ValueError" && error.Value == "no" && error.Traceback.Count == 1);
        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("a\n", "ValueError: no", "");
        notebook.Cells[2].ExecutionCount.Should().BeNull();
    }

    [TestCase(true, "")]
    [TestCase(false, "raises-exception")]
    [CancelAfter(TestTimeout)]
    public async Task Error_that_is_allowed_does_not_end_the_run(bool allow, string tag)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of(NotebookJson.Code("raise E v", tag.Length > 0 ? [tag] : []), NotebookJson.Code("print on"));

        var run = await NotebookRunner.RunAsync(
            scripted.Gateway, notebook, new() { AllowErrors = allow }, cancellationToken: TestContext.CurrentContext.CancellationToken);

        run.IsComplete.Should().BeTrue();
        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("E: v", "on\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cell_that_takes_too_long_is_interrupted_and_ends_the_run_even_when_errors_are_allowed(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print begun\nwait gate", "print never");
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new NotebookRunOptions { AllowErrors = true, CellTimeout = TimeSpan.FromSeconds(7) };
        var callbacks = new NotebookCallbacks
        {
            OnEvent = (_, executionEvent) =>
            {
                if (executionEvent is StreamEvent) begun.TrySetResult();
            },
        };

        var running = NotebookRunner.RunAsync(scripted.Gateway, notebook, options, callbacks: callbacks, cancellationToken: cancellationToken);
        await begun.Task.WaitAsync(cancellationToken);
        scripted.Time.Advance(TimeSpan.FromSeconds(7));
        var run = await running;

        run.Reason.Should().Be(ExecutionEndReason.TimedOut);
        run.Failure!.Error.Name.Should().Be("CellTimeoutError");
        run.CellsRun.Should().Be(1);
        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("begun\nKeyboardInterrupt: ", "");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cell_whose_kernel_dies_without_a_message_counts_as_run(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Prepare = kernel => kernel.Ignore(MessageTypes.ExecuteRequest));

        var running = NotebookRunner.RunAsync(scripted.Gateway, NotebookJson.Of("die", "print never"), cancellationToken: cancellationToken);
        await scripted.Processes.WaitForAsync(_ => true, cancellationToken);
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        var run = await running;

        run.Reason.Should().Be(ExecutionEndReason.KernelDied);
        (run.CellsRun, run.CellsTotal).Should().Be((1, 2));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_dies_ends_the_run_with_an_error_in_the_cell(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print a", "print before\nwait gate", "print never");
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new NotebookRunOptions { AllowErrors = true };
        var callbacks = new NotebookCallbacks
        {
            OnEvent = (cell, executionEvent) =>
            {
                if (cell.Index == 1 && executionEvent is StreamEvent) waiting.TrySetResult();
            },
        };

        var running = NotebookRunner.RunAsync(scripted.Gateway, notebook, options, callbacks: callbacks, cancellationToken: cancellationToken);
        await waiting.Task.WaitAsync(cancellationToken);
        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        var run = await running;

        run.Reason.Should().Be(ExecutionEndReason.KernelDied);
        run.Failure!.Cell.Index.Should().Be(1);
        run.Failure.Error.Name.Should().Be("DeadKernelError");
        notebook.Cells[0].TextOf().Should().Be("a\n");
        notebook.Cells[1].TextOf().Should().StartWith("before\nDeadKernelError: ");
        notebook.Cells[1].Outputs[^1]["traceback"]!.Should().ContainSingle();
        notebook.Cells[2].Outputs.Should().BeEmpty();
        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cancelling_interrupts_the_cell_and_keeps_the_outputs_so_far(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print a", "print b\nwait gate", "print never");
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var callbacks = new NotebookCallbacks
        {
            OnEvent = (cell, executionEvent) =>
            {
                if (cell.Index == 1 && executionEvent is StreamEvent) cancelling.Cancel();
            },
        };

        var run = () => NotebookRunner.RunAsync(scripted.Gateway, notebook, callbacks: callbacks, cancellationToken: cancelling.Token);

        await run.Should().ThrowAsync<OperationCanceledException>();
        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("a\n", "b\nKeyboardInterrupt: ", "");
        scripted.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Failure_in_a_callback_interrupts_the_cell(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var callbacks = new NotebookCallbacks { OnEvent = (_, _) => throw new InvalidDataException("the caller's") };

        var run = () => NotebookRunner.RunAsync(context, NotebookJson.Of("wait gate"), callbacks: callbacks, cancellationToken: cancellationToken);

        await run.Should().ThrowAsync<InvalidDataException>();
        (await context.ListExecutions()[0].Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Interrupted);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_beyond_the_limit_interrupts_the_cell_and_ends_the_run(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print 0123456789\nprint 0123456789\nwait gate", "print never");

        var run = await NotebookRunner.RunAsync(
            scripted.Gateway, notebook, new() { MaxOutputBytes = 15 }, cancellationToken: cancellationToken);

        run.Reason.Should().Be(ExecutionEndReason.Interrupted);
        run.Failure!.Error.Value.Should().Contain("15 bytes");
        notebook.Cells[0].TextOf().Should().StartWith("0123456789\n0123456789\n[The rest").And.EndWith("KeyboardInterrupt: ");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_that_is_removed_meanwhile_ends_the_run(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var notebook = NotebookJson.Of("print a", "print b");
        var callbacks = new NotebookCallbacks
        {
            OnCellEnded = (progress, _) => progress.Number == 1 ? scripted.Gateway.Contexts.RemoveAsync(context.Id) : Task.CompletedTask,
        };

        var run = await NotebookRunner.RunAsync(context, notebook, callbacks: callbacks, cancellationToken: cancellationToken);

        run.Reason.Should().Be(ExecutionEndReason.Removed);
        run.CellsRun.Should().Be(1);
        notebook.Cells.Select(cell => cell.TextOf().Split(':')[0]).Should().Equal("a\n", "ContextRemoved");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Full_queue_is_the_callers_to_see(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Options.Contexts.MaxQueuedExecutions = 0);
        var context = await scripted.CreateContextAsync(cancellationToken);
        context.Submit("wait gate");

        var run = () => NotebookRunner.RunAsync(context, NotebookJson.Of("print a"), cancellationToken: cancellationToken);

        await run.Should().ThrowAsync<QueueFullException>();
        scripted.Kernel.Release("gate");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cell_with_too_long_code_is_rejected(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Options.Contexts.MaxCodeBytes = 20);
        var notebook = NotebookJson.Of("print a", $"print {new string('x', 30)}");

        var run = await NotebookRunner.RunAsync(scripted.Gateway, notebook, cancellationToken: cancellationToken);

        run.Reason.Should().Be(ExecutionEndReason.Rejected);
        run.Failure!.Error.Value.Should().Contain("20 bytes");
        run.CellsRun.Should().Be(1);
    }
}
