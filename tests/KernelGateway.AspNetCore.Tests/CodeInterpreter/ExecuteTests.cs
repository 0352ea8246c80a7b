using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class ExecuteTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Lines_have_exactly_the_keys_the_SDKs_know(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("print héllo\nwarn oh\ndisplay d1 shown\nreturn 'x'", cancellationToken);
        var lines = await stream.ReadAllAsync(cancellationToken);

        lines.Select(line => string.Join(' ', line.Properties().Select(property => property.Name).Order(StringComparer.Ordinal))).Should().Equal(
            "execution_count type",
            "text timestamp type",
            "text timestamp type",
            "extra is_main_result text type",
            "extra is_main_result text type",
            "complete counts execution_id idle_seen reason reply_seen state type");
        lines.Select(line => (string?)line["type"]).Should().Equal(
            "number_of_executions", "stdout", "stderr", "result", "result", "end_of_execution");
        lines[1]["text"]!.Value<string>().Should().Be("héllo\n");
        lines[3]["is_main_result"]!.Value<bool>().Should().BeFalse();
        lines[4]["is_main_result"]!.Value<bool>().Should().BeTrue();
        lines[4]["text"]!.Value<string>().Should().Be("x", "the text of a string result has no quotes");
        lines[4]["extra"].Should().BeOfType<JObject>().Which.Should().BeEmpty();
        lines[5]["execution_id"]!.Value<string>().Should().Be(stream.ExecutionId);
        lines[5]["reason"]!.Value<string>().Should().Be("completed");
        JToken.DeepEquals(lines[5]["counts"], JObject.Parse("""{"stdout": 1, "stderr": 1, "results": 2}""")).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Headers_and_output_arrive_while_the_code_runs(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("wait first\nprint a\nwait second", cancellationToken);
        stream.Response.StatusCode.Should().Be(HttpStatusCode.OK);
        stream.ExecutionId.Should().NotBeEmpty();
        var kernel = await server.KernelAsync(cancellationToken);
        kernel.Release("first");
        var output = await stream.ReadUntilAsync("stdout", cancellationToken);
        kernel.Release("second");

        output["text"]!.Value<string>().Should().Be("a\n");
        (await stream.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Headers_arrive_while_the_execution_waits_for_the_one_before_it(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var first = await server.Client.ExecuteAsync("wait gate", cancellationToken);

        using var second = await server.Client.ExecuteAsync("return 2", cancellationToken);
        second.Response.StatusCode.Should().Be(HttpStatusCode.OK);
        server.Gateway.FindExecution(second.ExecutionId)!.Status.Should().Be(ExecutionStatus.Queued);
        (await server.KernelAsync(cancellationToken)).Release("gate");

        (await first.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
        (await second.ReadUntilAsync("result", cancellationToken))["text"]!.Value<string>().Should().Be("2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Raised_error_comes_once_and_in_the_form_of_strings(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("raise NameError name 'x' is not defined", cancellationToken);
        var lines = await stream.ReadAllAsync(cancellationToken);

        var error = lines.Should().ContainSingle(line => (string?)line["type"] == "error").Subject;
        error["name"]!.Value<string>().Should().Be("NameError");
        error["value"]!.Value<string>().Should().Be("name 'x' is not defined");
        error["traceback"]!.Type.Should().Be(JTokenType.String);
        lines[^1]["reason"]!.Value<string>().Should().Be("error");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_without_a_selector_runs_in_one_and_the_same_default_context(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var first = await server.Client.ExecuteAsync("return 1", cancellationToken, new JObject { ["context_id"] = "", ["language"] = null });
        await first.ReadAllAsync(cancellationToken);
        using var second = await server.Client.ExecuteAsync("return 1", cancellationToken, new JObject { ["language"] = "ECHO" });
        var count = (await second.ReadUntilAsync("number_of_executions", cancellationToken))["execution_count"]!;

        count.Value<int>().Should().Be(2);
        server.Gateway.Contexts.List().Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_ends_the_code_and_says_so(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("wait for-ever", cancellationToken, new JObject { ["timeout"] = 0.05 });
        var lines = await stream.ReadAllAsync(cancellationToken);

        lines.Should().Contain(line => (string?)line["type"] == "error");
        lines[^1]["reason"]!.Value<string>().Should().Be("timed_out");
        lines[^1]["state"]!.Value<string>().Should().Be("preserved");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Silence_is_broken_by_keepalive_lines_also_in_the_queue(CancellationToken cancellationToken)
    {
        var clock = new Testing.Time.ManualTimeProvider();
        var interval = TimeSpan.FromSeconds(4);
        await using var server = await GatewayServer.StartAsync(http: options => options.KeepAliveInterval = interval, time: clock);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        await running.ReadUntilAsync("number_of_executions", cancellationToken);
        using var queued = await server.Client.ExecuteAsync("return 1", cancellationToken);

        // Each stream sets one timer of its own, before or after its count of executions. Both must be set before the clock advances.
        await clock.WaitForTimerAsync(interval, 2, cancellationToken);
        var runningLine = running.ReadRawAsync(cancellationToken);
        var queuedLine = queued.ReadRawAsync(cancellationToken);
        for (var timers = 3; !runningLine.IsCompleted || !queuedLine.IsCompleted; timers++)
        {
            clock.Advance(interval);
            await Task.WhenAny(Task.WhenAll(runningLine, queuedLine), clock.WaitForTimerAsync(interval, timers, cancellationToken));
        }

        (await runningLine).Should().Be("""{"type":"keepalive"}""");
        (await queuedLine).Should().Be("""{"type":"keepalive"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_is_asked_for_and_answered_when_it_is_allowed(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);

        using var stream = await server.Client.ExecuteAsync(
            "password Name?", cancellationToken, new JObject { ["context_id"] = context, ["allow_stdin"] = true });
        var request = await stream.ReadUntilAsync("input_request", cancellationToken);
        using var wrong = await server.Client.PostJsonAsync(
            $"/contexts/{context}/input", new JObject { ["value"] = "x", ["execution_id"] = "another" }, cancellationToken);
        using var answer = await server.Client.PostJsonAsync(
            $"/contexts/{context}/input", new JObject { ["value"] = "Ada ☃" }, cancellationToken);
        var output = await stream.ReadUntilAsync("stdout", cancellationToken);
        await stream.ReadUntilAsync("end_of_execution", cancellationToken);
        using var late = await server.Client.PostJsonAsync($"/contexts/{context}/input", new JObject { ["value"] = "x" }, cancellationToken);

        request["prompt"]!.Value<string>().Should().Be("Name?");
        request["password"]!.Value<bool>().Should().BeTrue();
        wrong.StatusCode.Should().Be(HttpStatusCode.Conflict);
        answer.StatusCode.Should().Be(HttpStatusCode.NoContent);
        output["text"]!.Value<string>().Should().Be("Ada ☃\n");
        late.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await late.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("not_waiting_for_input");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_raises_when_it_is_not_allowed(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync("input Name?", cancellationToken);

        (await stream.ReadUntilAsync("error", cancellationToken))["name"]!.Value<string>().Should().Be("StdinNotImplementedError");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Updated_and_cleared_output_is_reported_with_detail(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync(
            "display d1 old\nupdate d1 new\nclear wait", cancellationToken, new JObject { ["detail"] = true });
        var result = await stream.ReadUntilAsync("result", cancellationToken);
        var update = await stream.ReadUntilAsync("result_update", cancellationToken);
        var clear = await stream.ReadUntilAsync("clear_output", cancellationToken);

        result["display_id"]!.Value<string>().Should().Be("d1");
        update["display_id"]!.Value<string>().Should().Be("d1");
        update["text"]!.Value<string>().Should().Be("new");
        clear["wait"]!.Value<bool>().Should().BeTrue();
    }

    [TestCase("'it'", "it", "'it'")]
    [TestCase("\"it\"", "it", "\"it\"")]
    [TestCase("it", "it", null)]
    [CancelAfter(TestTimeout)]
    public async Task Text_with_its_quotes_is_reported_with_detail(string value, string text, string? plainText, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        foreach (var detail in (bool[])[true, false])
        {
            using var stream = await server.Client.ExecuteAsync($"return {value}", cancellationToken, new JObject { ["detail"] = detail });
            var result = await stream.ReadUntilAsync("result", cancellationToken);

            ((string?)result["text"]).Should().Be(text);
            ((string?)result["plain_text"]).Should().Be(detail ? plainText : null);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Reader_that_stops_reading_holds_up_nobody_and_loses_nothing(CancellationToken cancellationToken)
    {
        const int Lines = 20_000;
        await using var server = await GatewayServer.StartAsync();

        using var stream = await server.Client.ExecuteAsync($"flood {Lines}", cancellationToken);
        var end = await server.Gateway.FindExecution(stream.ExecutionId)!.Ended.WaitAsync(cancellationToken);
        var lines = await stream.ReadAllAsync(cancellationToken);

        end.Counts.Stdout.Should().Be(Lines);
        string.Concat(lines.Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"]))
            .Should().Be(string.Concat(Enumerable.Range(1, Lines).Select(number => $"{number}\n")));
        lines[^1]["type"]!.Value<string>().Should().Be("end_of_execution");
    }
}
