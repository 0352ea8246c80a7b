using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Notebooks.NotebookCalls;

namespace KernelGateway.AspNetCore.Tests.Notebooks;

public class NotebookRefusalTests
{
    private const int TestTimeout = 60_000;

    [TestCase("""{"notebook":{"nbformat":3,"worksheets":[]}}""", 400, "invalid_notebook", "old format 3")]
    [TestCase("""{"nbformat":3,"worksheets":[]}""", 400, "invalid_notebook", "old format 3")]
    [TestCase("""{"notebook":{"nbformat":4,"cells":[{"cell_type":"code"}]}}""", 400, "invalid_notebook", "cells[0].source")]
    [TestCase("""{"nbformat":4,"cells":[{"cell_type":"code"}]}""", 400, "invalid_notebook", "cells[0].source")]
    [TestCase("""{"notebook":"x"}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""{"cells":[]}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""{}""", 400, "invalid_notebook", "'notebook'")]
    [TestCase("""[]""", 400, "malformed_request", "not an object")]
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

        using var response = await server.Client.PostRawAsync(Route, Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);
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
    public async Task Limits_are_reported_with_their_own_statuses(CancellationToken cancellationToken)
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

        using var tooMany = await server.Client.PostJsonAsync(Route, Body("print a"), cancellationToken);
        using var full = await server.Client.PostJsonAsync(Route, inContext, cancellationToken);
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
        using var failed = await server.Client.PostJsonAsync(Route, Body("print a"), cancellationToken);
        server.Provisioner.BeforeLaunch = _ => throw new KernelLaunchException(LaunchFailureReason.WorkingDirectoryNotFound, "echo", "There is no /nowhere.");
        using var nowhere = await server.Client.PostJsonAsync(Route, Body("print a"), cancellationToken);

        ((int)failed.StatusCode).Should().Be(503);
        ((string?)(await failed.JsonAsync(cancellationToken))["code"]).Should().Be("kernel_not_started");
        ((int)nowhere.StatusCode).Should().Be(400);
        ((string?)(await nowhere.JsonAsync(cancellationToken))["detail"]).Should().Contain("/nowhere");
    }
}
