using System.Collections.Concurrent;
using System.Net;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Client.Tests;

/// <summary>What the client does beyond the interface that it shares with the gateway in the process.</summary>
[CancelAfter(120_000)]
public sealed class GatewayClientTests
{
    [Test]
    public async Task Wrong_token_is_refused_with_the_code_of_the_server(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var client = new GatewayClient(server.Address.ToString(), "wrong");

        var listing = () => client.ListContextsAsync(token);

        (await listing.Should().ThrowAsync<GatewayApiException>()).Which.Should().BeEquivalentTo(
            new { StatusCode = HttpStatusCode.Unauthorized, Code = "unauthorized", IsTransient = false });
    }

    [Test]
    public async Task Gateway_that_does_not_run_is_named(CancellationToken token)
    {
        using var client = new GatewayClient(new GatewayClientOptions { Address = new Uri("http://127.0.0.1:9"), MaxRetries = 0 });

        var running = () => client.RunAsync("x", cancellationToken: token);

        await running.Should().ThrowAsync<GatewayConnectionException>().WithMessage("*http://127.0.0.1:9/*");
    }

    [TestCase("no address")]
    [TestCase("ftp://127.0.0.1")]
    public void Address_that_is_none_is_refused(string address) =>
        FluentActions.Invoking(() => new GatewayClient(address)).Should().Throw<ArgumentException>().WithMessage($"*{address}*");

    [Test]
    public async Task Queue_that_is_full_has_its_own_exception_with_the_answer_as_cause(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync(options => options.Contexts.MaxQueuedExecutions = 1);
        using var client = server.NewClient();
        var context = await client.CreateContextAsync(cancellationToken: token);
        var running = await context.SubmitAsync("print a\nwait gate", cancellationToken: token);
        await context.SubmitAsync("x", cancellationToken: token);

        var submitting = () => context.SubmitAsync("y", cancellationToken: token);

        var thrown = (await submitting.Should().ThrowAsync<QueueFullException>()).Which;
        thrown.Should().BeEquivalentTo(new { ContextId = context.Id, IsTransient = true });
        thrown.InnerException.Should().BeOfType<GatewayApiException>().Which.Code.Should().Be("queue_full");
        await running.InterruptAsync(token);
    }

    [Test]
    public async Task Too_many_contexts_have_their_own_exception(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync(options => options.Contexts.MaxContexts = 1);
        using var client = server.NewClient();
        await client.CreateContextAsync(cancellationToken: token);

        var creating = () => client.CreateContextAsync(cancellationToken: token);

        await creating.Should().ThrowAsync<ContextLimitException>();
    }

    [Test]
    public async Task Variables_and_directory_of_a_context_reach_the_gateway(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var client = server.NewClient();

        var context = await client.CreateContextAsync(
            new CreateContextOptions
            {
                WorkingDirectory = server.Directory, EnvironmentVariables = new Dictionary<string, string> { ["A"] = "1" },
            },
            token);

        context.WorkingDirectory.Should().Be(server.Directory);
        context.Language.Should().Be("echo");
    }

    [Test]
    public async Task Id_of_a_context_cannot_be_chosen(CancellationToken token)
    {
        using var client = new GatewayClient("http://127.0.0.1:9");

        var creating = () => client.CreateContextAsync(new CreateContextOptions { Id = Guid.NewGuid().ToString() }, token);

        await creating.Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task Execution_is_found_by_another_client(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var first = server.NewClient();
        using var second = server.NewClient();
        var submitted = await (await first.CreateContextAsync(cancellationToken: token)).SubmitAsync("return 42", cancellationToken: token);

        var found = await second.GetExecutionAsync(submitted.Id, token);

        found.ContextId.Should().Be(submitted.ContextId);
        (await found.WaitAsync(token)).Text.Should().Be("42");
        var unknown = () => second.GetExecutionAsync("none", token);
        (await unknown.Should().ThrowAsync<GatewayApiException>()).Which.Code.Should().Be("execution_not_found");
    }

    [Test]
    public async Task Late_output_follows_the_end(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var client = server.NewClient();
        var context = await client.CreateContextAsync(cancellationToken: token);
        var kernel = await server.KernelAsync(token);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kernel.On("execute_request", async request =>
        {
            await request.BusyAsync();
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
            await over.Task;
            await request.StreamAsync("stdout", "late");
        });
        var execution = await context.SubmitAsync("x", cancellationToken: token);
        await execution.WaitAsync(token);
        over.SetResult();

        // Its own output follows what the kernel has published before.
        await context.RunAsync("y", cancellationToken: token);

        var late = execution.ReadEventsAsync(cancellationToken: token).OfType<StreamEvent>();

        (await late.FirstAsync(token)).Should().BeEquivalentTo(new { Text = "late", IsLate = true });
    }

    [Test]
    public async Task Notebook_is_run_and_exported(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var client = server.NewClient();
        var context = await client.CreateContextAsync(cancellationToken: token);
        var notebook = Notebook.Parse(CreateNotebook("print a", "return 42", "raise NameError no", "print never"));
        var ended = new List<string>();

        var run = await client.RunNotebookAsync(
            notebook,
            new NotebookPlace { ContextId = context.Id },
            onCellEnded: (progress, _) =>
            {
                ended.Add($"{progress.Number}/{progress.Total} {progress.End!.Reason} {progress.Cell.Outputs.Count}");
                return Task.CompletedTask;
            },
            cancellationToken: token);
        var exported = await client.ExportNotebookAsync(context.Id, token);

        ended.Should().Equal("1/4 Completed 1", "2/4 Completed 1", "3/4 Error 1");
        run.Should().BeEquivalentTo(new { IsComplete = false, CellsRun = 3, CellsTotal = 4, Reason = ExecutionEndReason.Error });
        run.Failure!.Cell.Index.Should().Be(2);
        run.Failure.Error.Name.Should().Be("NameError");
        run.Notebook.Cells[1].Outputs[0]["data"]!["text/plain"]!.Value<string>().Should().Be("42");
        notebook.Cells[1].Outputs.Should().BeEmpty("the notebook of the caller stays as it is");
        exported.Cells.Select(cell => cell.Source).Should().Equal("print a", "return 42", "raise NameError no");
    }

    [Test]
    public async Task Notebook_in_a_context_that_does_not_exist_is_refused(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        using var client = server.NewClient();

        var running = () => client.RunNotebookAsync(
            Notebook.Parse(CreateNotebook("x")), new NotebookPlace { ContextId = "none" }, cancellationToken: token);

        (await running.Should().ThrowAsync<ContextNotFoundException>()).Which.ContextId.Should().Be("none");
        var exporting = () => client.ExportNotebookAsync("none", token);
        await exporting.Should().ThrowAsync<ContextNotFoundException>();
    }

    [Test]
    public async Task Context_of_a_service_without_a_route_for_it_is_found_in_the_list(CancellationToken token)
    {
        var service = new RecordedGateway
        {
            Answer = (_, request) => request.RequestUri!.AbsolutePath == "/contexts"
                ? new(HttpStatusCode.OK) { Content = new StringContent("""[{"id":"a","language":"python","cwd":"/home/user"}]""") }
                : new(HttpStatusCode.MethodNotAllowed) { Content = new StringContent("""{"detail":"Method Not Allowed"}""") },
        };
        using var client = service.CreateClient();

        var found = await client.GetContextAsync("a", token);
        var missing = () => client.GetContextAsync("b", token);

        found.Should().BeEquivalentTo(new { Id = "a", Language = "python", WorkingDirectory = "/home/user" });
        await missing.Should().ThrowAsync<ContextNotFoundException>();
    }

    [Test]
    public async Task Connection_that_breaks_anywhere_loses_and_repeats_nothing(CancellationToken token)
    {
        const int Prints = 20;
        await using var server = await ServedGateway.StartAsync();
        var cuts = new ConcurrentQueue<long>(Enumerable.Range(0, 60).Select(number => number * 67L));
        await using var proxy = new CuttingProxy(server.Address, () => cuts.TryDequeue(out var cut) ? cut : null);
        proxy.Start();
        using var direct = server.NewClient();
        var context = await direct.CreateContextAsync(cancellationToken: token);
        var code = string.Join('\n', Enumerable.Range(0, Prints).Select(number => $"print {number}"));
        var expected = string.Concat(Enumerable.Range(0, Prints).Select(number => $"{number}\n"));

        for (var round = 0; !cuts.IsEmpty; round++)
        {
            // Each client has connections of its own, which the proxy cuts one after another.
            using var client = server.NewClient(proxy.Url, maxRetries: 100);
            var through = await (await client.GetContextAsync(context.Id, token)).RunAsync(code, cancellationToken: token);

            string.Concat(through.Logs.Stdout).Should().Be(expected);
            through.ExecutionCount.Should().Be(round + 1, "code whose answer was lost is not run again");
        }

        proxy.Cuts.Should().BeGreaterThan(20);
    }

    private static JObject CreateNotebook(params string[] cells) => new()
    {
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
        ["metadata"] = new JObject(),
        ["cells"] = new JArray(cells.Select((code, index) => new JObject
        {
            ["cell_type"] = "code",
            ["id"] = $"cell-{index}",
            ["metadata"] = new JObject(),
            ["execution_count"] = null,
            ["outputs"] = new JArray(),
            ["source"] = code,
        })),
    };
}
