using System.Globalization;
using FluentAssertions;
using KernelGateway.Mcp.Tests.Support;
using KernelGateway.Protocol.Mime;
using KernelGateway.Testing;
using KernelGateway.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Mcp.Tests;

[CancelAfter(60_000)]
public sealed class ExecutionToolTests
{
    // A PNG image of one pixel.
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Test]
    public async Task Answer_has_the_output_as_text_and_the_same_facts_as_an_object(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.RunAsync("print hello\nreturn 42", cancellationToken);

        result.Text().Should().Contain("hello").And.Contain("42");
        result.IsError.Should().BeFalse();
        result.Get("state").Should().Be("ended");
        result.Get("reason").Should().Be("completed");
        result.Get("output").Should().Be(result.Text());
        result.Get("output_is_cut").Should().Be("False");
        bench.Gateway.FindExecution(result.Get("execution_id"))!.ContextId.Should().Be(result.Get("context_id"));
    }

    [Test]
    public async Task Code_that_raises_is_an_error_with_its_name_and_value(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.RunAsync("raise ValueError no such thing", cancellationToken);

        result.IsError.Should().BeTrue();
        result.Text().Should().Contain("ValueError: no such thing");
        result.StructuredContent!.Value.GetProperty("error").GetProperty("name").GetString().Should().Be("ValueError");
        result.Get("reason").Should().Be("error");
    }

    [Test]
    public async Task Code_runs_in_the_context_that_is_named(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var context = await bench.CreateContextAsync(cancellationToken);

        var result = await bench.CallAsync("run_code", new() { ["code"] = "return 1", ["context_id"] = context }, cancellationToken);

        result.Get("context_id").Should().Be(context);
    }

    [TestCase("code", 1, "must be a string")]
    [TestCase("timeout_seconds", 0, "above 0")]
    [TestCase("context_id", "unknown", "not found")]
    public async Task Bad_arguments_are_an_answer_that_says_what_is_wrong(string argument, object value, string problem, CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.CallAsync("run_code", new() { ["code"] = "return 1", [argument] = value }, cancellationToken);

        result.IsError.Should().BeTrue();
        result.Text().Should().Contain(problem);
    }

    [Test]
    public async Task Code_that_asks_for_input_returns_early_and_send_input_answers_it(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var asked = await bench.RunAsync("print before\ninput Name?", cancellationToken);

        asked.Get("state").Should().Be("waiting_for_input");
        asked.Get("input_prompt").Should().Be("Name?");
        asked.IsError.Should().BeFalse();

        var answered = await bench.CallAsync(
            "send_input",
            new() { ["execution_id"] = asked.Get("execution_id"), ["value"] = "Ada", ["after"] = Number(asked, "after") },
            cancellationToken);

        answered.Get("state").Should().Be("ended");
        answered.Text().Should().Contain("Ada").And.NotContain("before", "that was in the answer before");
    }

    [Test]
    public async Task Code_that_outlives_its_call_is_followed_by_its_cursor(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var first = await bench.CallAsync("run_code", new() { ["code"] = "print one\nwait gate\nprint two", ["wait_seconds"] = 0 }, cancellationToken);
        first.Get("state").Should().Be("running");

        bench.Kernel.Release("gate");
        var rest = await bench.CallAsync(
            "get_execution",
            new() { ["execution_id"] = first.Get("execution_id"), ["after"] = Number(first, "after"), ["wait_seconds"] = 50 },
            cancellationToken);

        rest.Get("state").Should().Be("ended");
        rest.Text().Should().Contain("two");
        (first.Text() + rest.Text()).Should().Contain("one");
    }

    [Test]
    public async Task Execution_that_is_unknown_is_an_answer_with_an_error(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.CallAsync("get_execution", new() { ["execution_id"] = "unknown" }, cancellationToken);

        result.IsError.Should().BeTrue();
        result.Text().Should().Contain("no execution unknown");
    }

    [Test]
    public async Task Cancelling_a_call_interrupts_its_execution_and_no_other(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var first = await bench.CreateContextAsync(cancellationToken);
        var second = await bench.CreateContextAsync(cancellationToken);
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = new AwaitableLog<string>();
        var progress = new ImmediateProgress(value => started.Add(value.Message!));
        var cancelled = bench.CallAsync("run_code", Wait(first), cancelling.Token, progress);
        var other = bench.CallAsync("run_code", Wait(second), cancellationToken, progress);
        await started.WaitForAsync(_ => true, 2, cancellationToken);
        var execution = bench.Gateway.Contexts.Get(first).CurrentExecution!;

        await cancelling.CancelAsync();

        await cancelled.Invoking(async call => await call).Should().ThrowAsync<OperationCanceledException>();
        var end = await execution.Ended.WaitAsync(cancellationToken);
        end.Reason.Should().Be(KernelGateway.Executions.ExecutionEndReason.Interrupted);
        other.IsCompleted.Should().BeFalse();
        foreach (var kernel in bench.Provisioner.Kernels.Items) kernel.Release("gate");
        (await other).Get("reason").Should().Be("completed");

        static Dictionary<string, object?> Wait(string context) => new() { ["code"] = "print started\nwait gate", ["context_id"] = context };
    }

    [Test]
    public async Task Interrupt_tool_ends_the_execution_that_it_names(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);
        var running = await bench.CallAsync("run_code", new() { ["code"] = "wait gate", ["wait_seconds"] = 0 }, cancellationToken);
        Dictionary<string, object?> execution = new() { ["execution_id"] = running.Get("execution_id") };

        var first = await bench.CallAsync("interrupt_execution", execution, cancellationToken);
        var second = await bench.CallAsync("interrupt_execution", execution, cancellationToken);

        first.Get("interrupted").Should().Be("True");
        second.Get("interrupted").Should().Be("False");
    }

    [Test]
    public async Task Long_output_is_cut_and_the_whole_is_a_resource(CancellationToken cancellationToken)
    {
        await using var bench = await McpBench.StartAsync(cancellationToken);

        var result = await bench.RunAsync("flood 5000", cancellationToken);

        result.Text().Length.Should().BeLessThan(10_000);
        result.Text().Should().Contain("1\n2\n3\n").And.Contain("4999\n5000").And.Contain("left out");
        result.Get("output_is_cut").Should().Be("True");
        var link = result.Content.OfType<ResourceLinkBlock>().Should().ContainSingle().Subject;
        var whole = await bench.Client.ReadResourceAsync(link.Uri, cancellationToken: cancellationToken);
        var text = ((TextResourceContents)whole.Contents.Single()).Text;
        text.Should().Contain(string.Join('\n', Enumerable.Range(1, 5000).Select(number => number.ToString(CultureInfo.InvariantCulture))));
    }

    [TestCase(1 << 20, 1)]
    [TestCase(10, 0)]
    public async Task Image_is_content_up_to_the_limit_and_else_a_resource(int limit, int shown, CancellationToken cancellationToken)
    {
        var options = new CodeToolsOptions();
        options.Results.MaxImageBytes = limit;
        await using var bench = await McpBench.StartAsync(cancellationToken, options);
        await bench.RunAsync("return 1", cancellationToken);
        bench.Kernel.On("execute_request", async request =>
        {
            await request.BusyAsync();
            await request.DisplayAsync(new JObject { [MediaTypes.Png] = Pixel, [MediaTypes.Text] = "<Figure>" });
            await request.ReplyOkAsync(2);
            await request.IdleAsync();
        });

        var result = await bench.RunAsync("plot", cancellationToken);

        var images = result.Content.OfType<ImageContentBlock>().ToArray();
        images.Should().HaveCount(shown);
        var links = result.Content.OfType<ResourceLinkBlock>().ToArray();
        links.Should().HaveCount(1 - shown);
        foreach (var image in images) image.DecodedData.ToArray().Should().Equal(Convert.FromBase64String(Pixel));
        foreach (var link in links)
        {
            var read = await bench.Client.ReadResourceAsync(link.Uri, cancellationToken: cancellationToken);
            ((BlobResourceContents)read.Contents.Single()).DecodedData.ToArray().Should().Equal(Convert.FromBase64String(Pixel));
            link.Size.Should().Be(Convert.FromBase64String(Pixel).Length);
        }
    }

    private static long Number(CallToolResult result, string field) => result.StructuredContent!.Value.GetProperty(field).GetInt64();

    // Progress<T> would call on the thread pool, in any order.
    private sealed class ImmediateProgress(Action<ProgressNotificationValue> report) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => report(value);
    }
}
