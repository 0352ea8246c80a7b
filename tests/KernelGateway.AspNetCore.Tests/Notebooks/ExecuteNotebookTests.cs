using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Notebooks.NotebookCalls;

namespace KernelGateway.AspNetCore.Tests.Notebooks;

public class ExecuteNotebookTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_comes_back_with_its_outputs_and_its_context_is_gone(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await RunAsync(server, Body("print a", "return b"), cancellationToken);

        answer.Properties().Select(property => property.Name).Should().Equal("status", "cells", "cells_total", "error", "notebook");
        answer["status"]!.Value<string>().Should().Be("ok");
        answer["cells"]!.Value<int>().Should().Be(2);
        answer["error"]!.Type.Should().Be(JTokenType.Null);
        answer.SelectToken("notebook.cells[0].outputs")!.ToString(Formatting.None).Should().Be("""[{"name":"stdout","output_type":"stream","text":"a\n"}]""");
        answer.SelectToken("notebook.cells[1].outputs[0].data")!.ToString(Formatting.None).Should().Be("""{"text/plain":"b"}""");
        answer.SelectToken("notebook.metadata.kernelspec.name")!.Value<string>().Should().Be("echo");
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_raises_is_a_result_that_names_the_cell(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await RunAsync(server, Body("print a", "raise ValueError no", "print never"), cancellationToken);

        answer["status"]!.Value<string>().Should().Be("error");
        answer["cells"]!.Value<int>().Should().Be(2);
        answer["cells_total"]!.Value<int>().Should().Be(3);
        var error = (JObject)answer["error"]!;
        error.Properties().Select(property => property.Name).Should().Equal("cell", "cell_id", "stopped_by", "ename", "evalue", "traceback");
        error["cell"]!.Value<int>().Should().Be(1);
        error["cell_id"]!.Value<string>().Should().Be((string?)answer.SelectToken("notebook.cells[1].id"));
        error["ename"]!.Value<string>().Should().Be("ValueError");
        error["traceback"]!.Should().ContainSingle();
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Errors_can_be_allowed_and_times_recorded(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = Body("raise E v", "print on");
        body["allow_errors"] = true;
        body["record_timing"] = true;

        var answer = await RunAsync(server, body, cancellationToken);

        answer["status"]!.Value<string>().Should().Be("ok");
        answer.SelectToken("notebook.cells[1].outputs[0].text")!.Value<string>().Should().Be("on\n");
        answer.SelectToken("notebook.cells[1].metadata.execution['iopub.status.idle']").Should().NotBeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_of_a_cell_ends_the_run(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = Body("wait gate", "print never");
        body["timeout"] = 0.2;

        var answer = await RunAsync(server, body, cancellationToken);

        answer["status"]!.Value<string>().Should().Be("timed_out");
        answer.SelectToken("error.ename")!.Value<string>().Should().Be("CellTimeoutError");
        answer.SelectToken("error.stopped_by")!.Value<string>().Should().Be("time_limit");
        answer.SelectToken("notebook.cells[0].outputs[0].ename")!.Value<string>().Should().Be("KeyboardInterrupt");
        answer.SelectToken("notebook.cells[1].outputs")!.Should().BeEmpty();
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_alone_is_taken_and_given_back_as_a_file(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var notebook = Body("raise E v", "print ☃")["notebook"]!;

        using var request = Request(notebook, "?allow_errors=true&timeout=60&kernel_name=echo", "text/html, application/x-ipynb+json;q=0.9", "application/x-ipynb+json");
        using var response = await server.Client.SendAsync(request, cancellationToken);
        var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/x-ipynb+json");
        text.Should().StartWith("{\n \"cells\": [\n").And.EndWith("}\n").And.Contain("☃");
        JObject.Parse(text).SelectToken("cells[1].outputs[0].text")!.Value<string>().Should().Be("☃\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cells_are_streamed_as_they_end_and_the_notebook_comes_last(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = Request(Body("print a", "", "wait gate\nreturn b"), "", "application/x-ndjson");
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var stream = new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));

        var first = await stream.ReadUntilAsync("cell", cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release("gate");
        var rest = await stream.ReadAllAsync(cancellationToken);

        response.Content.Headers.ContentType!.MediaType.Should().Be("application/x-ndjson");
        first.Properties().Select(property => property.Name).Should().Equal("type", "number", "total", "index", "reason", "cell");
        first.SelectToken("cell.outputs[0].text")!.Value<string>().Should().Be("a\n");
        rest.Select(line => (string?)line["type"]).Should().Equal("cell", "notebook");
        rest[0]["number"]!.Value<int>().Should().Be(2);
        rest[0]["index"]!.Value<int>().Should().Be(2);
        rest[0]["reason"]!.Value<string>().Should().Be("completed");
        rest[1]["status"]!.Value<string>().Should().Be("ok");
        rest[1].SelectToken("notebook.cells[2].outputs[0].data['text/plain']")!.Value<string>().Should().Be("b");
        server.Gateway.Contexts.List().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Silence_on_a_stream_is_broken_by_a_line(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: http => http.KeepAliveInterval = TimeSpan.FromMilliseconds(50));
        using var request = Request(Body("wait gate"), "", "application/x-ndjson");
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var stream = new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));

        await stream.ReadUntilAsync("keepalive", cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release("gate");

        (await stream.ReadUntilAsync("notebook", cancellationToken))["status"]!.Value<string>().Should().Be("ok");
    }

    [TestCase("application/json")]
    [TestCase("application/x-ndjson")]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_goes_ends_the_run_and_leaves_no_context(string accept)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var server = await GatewayServer.StartAsync();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var request = Request(Body("print begun\nwait gate", "print never"), "", accept);

        var sending = server.Client.SendAsync(request, leaving.Token);
        var kernel = await server.KernelAsync(cancellationToken);
        await BegunAsync(server, cancellationToken);
        await leaving.CancelAsync();
        var waiting = async () => await sending;

        await waiting.Should().ThrowAsync<OperationCanceledException>();
        await kernel.Stopped.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_stops_breaks_the_connection_and_leaves_no_kernel(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = Request(Body("print a", "wait gate"), "", "application/x-ndjson");
        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var stream = new LineStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
        await stream.ReadUntilAsync("cell", cancellationToken);

        var stopping = server.StopAsync();
        var reading = async () => await stream.ReadAllAsync(cancellationToken);

        await reading.Should().ThrowAsync<IOException>("a stream without its notebook must not look complete");
        await stopping;
        server.Provisioner.Kernels.Items.Should().OnlyContain(kernel => kernel.Stopped.IsCompleted);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Existing_context_is_used_and_kept(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var body = Body("return x");
        body["context_id"] = id;

        await RunAsync(server, body, cancellationToken);
        body = Body("return y");
        body["context_id"] = id;
        var answer = await RunAsync(server, body, cancellationToken);

        answer.SelectToken("notebook.cells[0].execution_count")!.Value<int>().Should().Be(2);
        server.Gateway.Contexts.List().Should().ContainSingle().Which.Id.Should().Be(id);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Large_notebook_comes_whole(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await RunAsync(server, Body($"print {new string('x', 3 << 20)}", "flood 20000"), cancellationToken);

        ((string)answer.SelectToken("notebook.cells[0].outputs[0].text")!).Should().HaveLength((3 << 20) + 1);
        ((string)answer.SelectToken("notebook.cells[1].outputs[0].text")!).Split('\n').Should().HaveCount(20001);
    }

    // Waits until the code of the first cell of the only context has written output.
    private static async Task BegunAsync(GatewayServer server, CancellationToken cancellationToken)
    {
        var kernel = await server.KernelAsync(cancellationToken);
        await kernel.WaitForRequestAsync("execute_request", cancellationToken);
        var execution = server.Gateway.Contexts.List().Single().ListExecutions().Single();
        await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (executionEvent is StreamEvent) return;
        }
    }
}
