using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

public sealed class NotebookExporterTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Executions_of_a_context_become_cells_in_their_order(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var other = await scripted.CreateContextAsync(cancellationToken);
        var first = await context.RunAsync("print a\ndisplay d one", cancellationToken: cancellationToken);
        await other.RunAsync("print elsewhere", cancellationToken: cancellationToken);
        await context.RunAsync("raise E v", cancellationToken: cancellationToken);
        await context.RunAsync("update d two", cancellationToken: cancellationToken);

        var notebook = NotebookExporter.Export(context);

        notebook.Cells.Select(cell => (cell.Source, cell.TextOf(), cell.ExecutionCount)).Should().Equal(
            ("print a\ndisplay d one", "a\ntwo", 1), ("raise E v", "E: v", 2), ("update d two", "", 3));
        notebook.Cells[0].Id.Should().Be(first.Id);
        notebook.FormatMinor.Should().Be(5);
        notebook.KernelSpecName.Should().Be("echo");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Running_code_is_there_so_far_and_waiting_code_is_not(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("print begun\nwait gate\nprint done");
        var waiting = context.Submit("print later");
        await foreach (var executionEvent in running.ReadEventsAsync(0, cancellationToken))
        {
            if (executionEvent is StreamEvent) break;
        }

        NotebookExporter.Export(context).Cells.Select(cell => cell.TextOf()).Should().Equal("begun\n");
        await waiting.InterruptAsync(cancellationToken);
        scripted.Kernel.Release("gate");
        await running.Ended.WaitAsync(cancellationToken);

        NotebookExporter.Export(context).Cells.Select(cell => cell.TextOf()).Should().Equal(["begun\ndone\n"], "code that never ran is not exported");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Executions_that_were_given_up_are_gone(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Options.RetainedExecutions = 2);
        var context = await scripted.CreateContextAsync(cancellationToken);
        for (var i = 0; i < 4; i++) await context.RunAsync($"print {i}", cancellationToken: cancellationToken);

        // An ended execution is counted shortly after its end. When a later execution has ended, all earlier ones are counted.
        await context.RunAsync("print last", cancellationToken: cancellationToken);

        NotebookExporter.Export(context).Cells.Select(cell => cell.TextOf()).Should().EndWith("last\n").And.NotContain("0\n").And.NotContain("1\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_without_executions_is_an_empty_notebook(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();

        var notebook = NotebookExporter.Export(await scripted.CreateContextAsync(cancellationToken));

        notebook.Cells.Should().BeEmpty();
        notebook.Metadata.Properties().Select(property => property.Name).Should().Equal("kernelspec", "language_info");
    }
}
