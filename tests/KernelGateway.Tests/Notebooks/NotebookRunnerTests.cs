using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Tests.Kernels;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Notebooks;

public sealed class NotebookRunnerTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_cells_are_run_in_order_and_all_others_left_alone(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var markdown = new JObject { ["cell_type"] = "markdown", ["metadata"] = new JObject(), ["source"] = "# print no", ["attachments"] = new JObject() };
        var notebook = NotebookJson.Of(
            NotebookJson.Code("print a"), markdown, NotebookJson.Code(" \n"), NotebookJson.Code("print no", "skip-execution"), NotebookJson.Code("return b"));

        var run = await NotebookRunner.RunAsync(scripted.Gateway, notebook, cancellationToken: cancellationToken);

        run.Should().Match<NotebookRun>(done => done.IsComplete && done.CellsRun == 2 && done.CellsTotal == 2 && done.Reason == ExecutionEndReason.Completed);
        CodeOf(scripted).Should().Equal("print a", "return b");
        notebook.Cells.Where(cell => cell.IsCode).Select(cell => (cell.TextOf(), cell.ExecutionCount)).Should().Equal(
            ("a\n", 1), ("", null), ("stale", 99), ("b", 2));
        notebook.Cells[1].Json.Properties().Select(property => property.Name).Should().BeEquivalentTo("cell_type", "metadata", "source", "attachments", "id");
        notebook.Cells.Select(cell => cell.Id).Should().NotContainNulls().And.OnlyHaveUniqueItems();
        notebook.Metadata["kernelspec"]!.ToString(Formatting.None).Should().Be("""{"display_name":"Echo","language":"echo","name":"echo"}""");
        notebook.Metadata["language_info"]!["name"]!.Value<string>().Should().Be("echo");
        scripted.Gateway.Contexts.List().Should().BeEmpty("the context that the run created is removed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Later_cell_updates_a_display_of_an_earlier_one(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("display d first\nprint x", "update d second", "clear wait\nprint kept");

        await NotebookRunner.RunAsync(scripted.Gateway, notebook, cancellationToken: cancellationToken);

        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("secondx\n", "", "kept\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Progress_is_reported_in_order_with_outputs_filled_in(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print a", "", "raise E v");
        var told = new List<string>();
        var callbacks = new NotebookCallbacks
        {
            OnCellStarting = progress => told.Add($"{progress.Number}/{progress.Total} starts"),
            OnEvent = (cell, executionEvent) =>
            {
                if (executionEvent is StreamEvent stream) told.Add($"cell {cell.Index}: {stream.Text.Trim()}");
            },
            OnCellEnded = (progress, _) =>
            {
                told.Add($"{progress.Number}/{progress.Total} {progress.End!.Reason}: {progress.Cell.TextOf().Trim()}");
                return Task.CompletedTask;
            },
        };

        await NotebookRunner.RunAsync(scripted.Gateway, notebook, callbacks: callbacks, cancellationToken: cancellationToken);

        told.Should().Equal("1/2 starts", "cell 0: a", "1/2 Completed: a", "2/2 starts", "2/2 Error: E: v");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Context_that_exists_is_used_with_its_state_and_kept(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        await context.RunAsync("return first", cancellationToken: cancellationToken);
        var notebook = NotebookJson.Of("return second");

        await NotebookRunner.RunAsync(context, notebook, cancellationToken: cancellationToken);

        notebook.Cells[0].ExecutionCount.Should().Be(2, "the execution count of the kernel continues");
        scripted.Gateway.Contexts.List().Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cell_that_the_kernel_runs_without_saying_so_counts(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            if (request.ReadContent<ExecuteRequest>().Code == "value") await request.ResultAsync(new JObject { ["text/plain"] = "v" }, 7);
            await request.ReplyOkAsync(7);
            await request.IdleAsync();
        });
        var notebook = NotebookJson.Of("value", "nothing");

        var run = await NotebookRunner.RunAsync(context, notebook, cancellationToken: cancellationToken);

        run.CellsRun.Should().Be(2);
        notebook.Cells.Select(cell => cell.ExecutionCount).Should().Equal(7, null);
        NotebookExporter.Export(context).Cells.Should().HaveCount(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_that_comes_behind_the_end_of_a_cell_is_that_cells(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = new List<Testing.Scripting.KernelRequest>();
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            requests.Add(request);
            if (requests.Count == 2) await requests[0].StreamAsync("stdout", "late\n");
            await scripted.Kernel.Language.ExecuteAsync(request);
        });
        var notebook = NotebookJson.Of("print a", "print b");

        await NotebookRunner.RunAsync(context, notebook, cancellationToken: cancellationToken);

        notebook.Cells.Select(cell => cell.TextOf()).Should().Equal("a\nlate\n", "b\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Times_are_recorded_when_they_are_wanted_and_old_ones_taken_away(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        var notebook = NotebookJson.Of("print a");
        await NotebookRunner.RunAsync(scripted.Gateway, notebook, new() { RecordTiming = true }, cancellationToken: cancellationToken);

        var times = (JObject)notebook.Cells[0].Json["metadata"]!["execution"]!;
        times.Properties().Select(property => property.Name).Should().Equal("iopub.execute_input", "iopub.status.idle", "shell.execute_reply");
        times.PropertyValues().Should().AllSatisfy(time => ((string)time!).Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"));

        await NotebookRunner.RunAsync(scripted.Gateway, notebook, cancellationToken: cancellationToken);
        notebook.Cells[0].Json["metadata"]!["execution"].Should().BeNull();
    }

    private static IEnumerable<string> CodeOf(ScriptedGateway scripted) =>
        scripted.Kernel.Received.Items
            .Where(received => received.Message?.MessageType == MessageTypes.ExecuteRequest)
            .Select(received => received.Message!.ReadContent<ExecuteRequest>())
            .Where(request => !request.IsSilent)
            .Select(request => request.Code);
}
