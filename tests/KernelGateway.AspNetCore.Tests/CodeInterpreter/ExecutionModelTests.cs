using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public sealed class ExecutionModelTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_shows_results_logs_and_count_as_the_SDKs_have_them(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("print a\nprint b\nreturn 42", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        var shown = await ShowAsync(server, stream.ExecutionId, cancellationToken);

        shown["results"]!.ToString(Formatting.None).Should().Be("""[{"is_main_result":true,"text":"42","extra":{}}]""");
        string.Concat(shown["logs"]!["stdout"]!.Values<string>()).Should().Be("a\nb\n");
        shown["logs"]!["stderr"]!.Should().BeEmpty();
        shown["error"]!.Type.Should().Be(JTokenType.Null);
        shown["execution_count"]!.Value<int>().Should().Be(1);
        shown["truncated"]!.Value<bool>().Should().BeFalse();
        shown["end"]!["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_shows_what_was_raised(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("raise Oops", cancellationToken);
        var error = await stream.ReadUntilAsync("error", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        var shown = (JObject)(await ShowAsync(server, stream.ExecutionId, cancellationToken))["error"]!;

        error.Remove("type");
        shown.ToString().Should().Be(error.ToString(), "the model and the stream show the same error");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_that_was_not_run_to_its_end_shows_why(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("print a\nwait for-ever", cancellationToken);
        await stream.ReadUntilAsync("stdout", cancellationToken);

        var before = await ShowAsync(server, stream.ExecutionId, cancellationToken);
        using (await server.Client.DeleteAsync($"/contexts/{before["context_id"]}", cancellationToken))
        {
        }

        await stream.ReadUntilAsync("end_of_execution", cancellationToken);
        before["logs"]!["stdout"]!.Values<string>().Should().Equal("a\n");
        before["error"]!.Type.Should().Be(JTokenType.Null);
        if (server.Gateway.FindExecution(stream.ExecutionId) is null) return;
        var after = await ShowAsync(server, stream.ExecutionId, cancellationToken);
        after["error"]!["name"]!.Value<string>().Should().Be("UnexpectedEndOfExecution");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_beyond_the_limit_is_left_out_and_the_error_is_not(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var line = new string('x', ExecutionModel.MaxBytes / 3);
        using var stream = await server.Client.ExecuteAsync(
            $"print {line}\nprint {line}\nprint {line}\nprint last\nraise Oops", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        var shown = await ShowAsync(server, stream.ExecutionId, cancellationToken);

        shown["truncated"]!.Value<bool>().Should().BeTrue();
        shown["logs"]!["stdout"]!.Values<string>().Should().HaveCount(2).And.NotContain("last\n");
        shown["error"]!["name"]!.Value<string>().Should().Be("Oops");
        server.Gateway.Memory.UsedBytes.Should().BeLessThan(ExecutionModel.MaxBytes * 3, "the response is counted only while it is written");
    }

    [TestCase(long.MaxValue)]
    [TestCase(long.MaxValue - 1)]
    [TestCase((long)int.MaxValue)]
    [CancelAfter(TestTimeout)]
    public async Task No_events_follow_the_last_number(long after, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var stream = await server.Client.ExecuteAsync("return 1", cancellationToken);
        await stream.ReadAllAsync(cancellationToken);

        using var events = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events?after={after}", cancellationToken);

        events.Response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await events.ReadAllAsync(cancellationToken)).Should().BeEmpty();
    }

    private static async Task<JObject> ShowAsync(GatewayServer server, string executionId, CancellationToken cancellationToken)
    {
        if (server.Gateway.FindExecution(executionId) is { Status: Executions.ExecutionStatus.Ended } execution) await execution.Ended;
        using var response = await server.Client.GetAsync($"/executions/{executionId}", cancellationToken);
        return (JObject)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
    }
}
