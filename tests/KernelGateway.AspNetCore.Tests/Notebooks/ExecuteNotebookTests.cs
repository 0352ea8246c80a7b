using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Notebooks;

public class ExecuteNotebookTests
{
    private const int TestTimeout = 60_000;
    private const string Path = "/api/notebooks/execute";

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
        error.Properties().Select(property => property.Name).Should().Equal("cell", "cell_id", "ename", "evalue", "traceback");
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

        await reading.Should().ThrowAsync<IOException>("a stream that ends without its notebook is no answer");
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

    [TestCase("""{"notebook":{"nbformat":3,"worksheets":[]}}""", 400, "invalid_notebook", "old format 3")]
    [TestCase("""{"notebook":{"nbformat":4,"cells":[{"cell_type":"code"}]}}""", 400, "invalid_notebook", "cells[0].source")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code"}]}""", 400, "invalid_notebook", "cells[0].source")]
    [TestCase("""{"notebook":"x"}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""{"cells":[]}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""{}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""[]""", 400, "malformed_request", "no object")]
    [TestCase("""{"notebook":{},"timeout":"x","env":{"A":1}}""", 400, "malformed_request", "timeout: ")]
    [TestCase("""{"notebook":{},"allow_errors":1}""", 400, "malformed_request", "allow_errors: ")]
    [TestCase("""{"notebook":{"nbformat":4,"cells":[]},"context_id":"x","cwd":"/"}""", 400, "malformed_request", "context_id: ")]
    [TestCase("""{"notebook":{"nbformat":4,"cells":[]},"context_id":"nowhere"}""", 404, "context_not_found", "nowhere")]
    [TestCase("""{"notebook":{"nbformat":4,"cells":[]},"kernel_name":"absent"}""", 404, "kernelspec_not_found", "Installed: echo")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_run_is_refused_with_a_reason(string body, int status, string code, string said)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync(Path, Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);
        var problem = await response.JsonAsync(cancellationToken);

        ((int)response.StatusCode).Should().Be(status);
        problem["code"]!.Value<string>().Should().Be(code);
        problem["detail"]!.Value<string>().Should().Contain(said);
        server.Provisioner.Kernels.Items.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Query_of_a_notebook_alone_is_checked_like_the_fields_of_a_body(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var request = Request(Body("print a")["notebook"]!, "?timeout=soon&allow_errors=perhaps");
        using var response = await server.Client.SendAsync(request, cancellationToken);
        var problem = await response.JsonAsync(cancellationToken);

        problem["detail"]!.Value<string>().Should().Contain("timeout: ").And.Contain("allow_errors: ");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Limits_are_told_with_their_own_statuses(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options =>
        {
            options.Contexts.MaxContexts = 1;
            options.Contexts.MaxQueuedExecutions = 0;
        });
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, new JObject { ["context_id"] = id });
        await running.ReadUntilAsync("number_of_executions", cancellationToken);
        var inContext = Body("print a");
        inContext["context_id"] = id;

        using var tooMany = await server.Client.PostJsonAsync(Path, Body("print a"), cancellationToken);
        using var full = await server.Client.PostJsonAsync(Path, inContext, cancellationToken);
        using var streamed = await server.Client.SendAsync(Request(inContext, "", "application/x-ndjson"), cancellationToken);

        foreach (var (response, code) in new[] { (tooMany, "context_limit"), (full, "queue_full"), (streamed, "queue_full") })
        {
            ((int)response.StatusCode).Should().Be(429);
            ((string?)(await response.JsonAsync(cancellationToken))["code"]).Should().Be(code);
        }

        full.Headers.RetryAfter.Should().NotBeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_does_not_start_is_503_and_a_missing_directory_400(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        server.Provisioner.BeforeLaunch = _ => throw new KernelLaunchException(LaunchFailureReason.ExitedEarly, "echo", "It ended before it was ready.");
        using var failed = await server.Client.PostJsonAsync(Path, Body("print a"), cancellationToken);
        server.Provisioner.BeforeLaunch = _ => throw new KernelLaunchException(LaunchFailureReason.WorkingDirectoryNotFound, "echo", "There is no /nowhere.");
        using var nowhere = await server.Client.PostJsonAsync(Path, Body("print a"), cancellationToken);

        ((int)failed.StatusCode).Should().Be(503);
        ((string?)(await failed.JsonAsync(cancellationToken))["code"]).Should().Be("kernel_not_started");
        ((int)nowhere.StatusCode).Should().Be(400);
        ((string?)(await nowhere.JsonAsync(cancellationToken))["detail"]).Should().Contain("/nowhere");
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

    private static JObject Body(params string[] sources) => new()
    {
        ["notebook"] = new JObject
        {
            ["cells"] = new JArray(sources.Select(source => new JObject
            {
                ["cell_type"] = "code", ["execution_count"] = null, ["metadata"] = new JObject(), ["outputs"] = new JArray(), ["source"] = source,
            })),
            ["metadata"] = new JObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        },
    };

    private static HttpRequestMessage Request(JToken body, string query, string? accept = null, string mediaType = "application/json")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path + query)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString(Formatting.None))),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        return request;
    }

    private static async Task<JObject> RunAsync(GatewayServer server, JObject body, CancellationToken cancellationToken)
    {
        using var response = await server.Client.PostJsonAsync(Path, body, cancellationToken);
        return (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }

    // The first cell of the one context there is has written something: its kernel is at work.
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
