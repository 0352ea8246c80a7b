using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Kernels;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

/// <summary>Every end other than a completion is reported as an error, because some clients look at errors only.</summary>
public class FailedExecutionTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Death_of_the_kernel_is_an_error_and_the_context_goes_on_with_a_new_one(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);
        var inContext = new JObject { ["context_id"] = context };

        using var stream = await server.Client.ExecuteAsync("print before\ndie", cancellationToken, inContext);
        var lines = await stream.ReadAllAsync(cancellationToken);
        using var next = await server.Client.ExecuteAsync("return 1", cancellationToken, inContext);
        var count = await next.ReadUntilAsync("number_of_executions", cancellationToken);

        Types(lines).Should().EndWith(["stdout", "error", "end_of_execution"]);
        AssertError(lines[^2], "ContextRestarting", "Context was restarted");
        lines[^1]["reason"]!.Value<string>().Should().Be("kernel_died");
        lines[^1]["state"]!.Value<string>().Should().Be("lost");
        count["execution_count"]!.Value<int>().Should().Be(1, "the execution ran on a new process");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_ends_what_runs_and_what_waits_with_an_error_each(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);
        var inContext = new JObject { ["context_id"] = context };
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, inContext);
        await running.ReadUntilAsync("number_of_executions", cancellationToken);
        using var waiting = await server.Client.ExecuteAsync("return 1", cancellationToken, inContext);

        using var restarted = await server.Client.PostRawAsync($"/contexts/{context}/restart", [], null, cancellationToken);
        var runningLines = await running.ReadAllAsync(cancellationToken);
        var waitingLines = await waiting.ReadAllAsync(cancellationToken);

        (await restarted.Content.ReadAsStringAsync(cancellationToken)).Should().Be("null");
        AssertError(runningLines[^2], "ContextRestarting", "Context was restarted");
        AssertError(waitingLines[^2], "ContextRestarting", "Context was restarted");
        runningLines[^1]["reason"]!.Value<string>().Should().Be("restarted");
        waitingLines[^1]["reason"]!.Value<string>().Should().Be("restarted");
        server.Gateway.Contexts.Find(context).Should().NotBeNull("the id outlives the process");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_that_is_not_possible_now_is_a_conflict_and_changes_nothing(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);
        server.Provisioner.Checking = launch => throw new KernelLaunchException(
            LaunchFailureReason.WorkingDirectoryNotFound, launch.Spec.Name, "The working directory is gone.");

        using var ours = await server.Client.PostRawAsync($"/contexts/{context}/restart", [], null, cancellationToken);
        using var jupyters = await server.Client.PostRawAsync($"/api/kernels/{context}/restart", [], null, cancellationToken);

        ((int)ours.StatusCode).Should().Be(409);
        var problem = JObject.Parse(await ours.Content.ReadAsStringAsync(cancellationToken));
        ((string?)problem["code"]).Should().Be("restart_refused");
        ((string?)problem["detail"]).Should().Contain("The working directory is gone.");
        ((int)jupyters.StatusCode).Should().Be(409);
        server.Provisioner.Kernels.Count.Should().Be(1);
        server.Gateway.Contexts.Get(context).Kernel.State.Should().Be(KernelState.Ready);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Removal_ends_what_runs_with_an_error_and_the_context_is_unknown_then(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, new JObject { ["context_id"] = context });
        await running.ReadUntilAsync("number_of_executions", cancellationToken);

        using var removed = await server.Client.DeleteAsync($"/contexts/{context}", cancellationToken);
        var lines = await running.ReadAllAsync(cancellationToken);
        using var again = await server.Client.DeleteAsync($"/contexts/{context}", cancellationToken);

        (await removed.Content.ReadAsStringAsync(cancellationToken)).Should().Be("null");
        AssertError(lines[^2], "UnexpectedEndOfExecution", "Connection to the execution was closed before the execution was finished");
        lines[^1]["reason"]!.Value<string>().Should().Be("removed");
        ((int)again.StatusCode).Should().Be(404);
        (await again.Content.ReadAsStringAsync(cancellationToken)).Should().Be($"Context {context} not found");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_taken_out_of_the_queue_ends_with_an_error(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        using var waiting = await server.Client.ExecuteAsync("return 1", cancellationToken);

        using var interrupted = await server.Client.PostRawAsync($"/executions/{waiting.ExecutionId}/interrupt", [], null, cancellationToken);
        var lines = await waiting.ReadAllAsync(cancellationToken);

        (await interrupted.JsonAsync(cancellationToken))["interrupted"]!.Value<bool>().Should().BeTrue();
        Types(lines).Should().Equal("error", "end_of_execution");
        lines[0]["name"]!.Value<string>().Should().Be("ExecutionInterrupted");
        lines[1]["reason"]!.Value<string>().Should().Be("interrupted");
        (await server.KernelAsync(cancellationToken)).Release("gate");
        (await running.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_of_a_context_that_is_removed_meanwhile_fails_in_a_sentence(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var context = await server.Client.CreateContextAsync(cancellationToken);
        server.Provisioner.BeforeLaunch = Never.WaitAsync;
        var restarting = server.Client.PostRawAsync($"/contexts/{context}/restart", [], null, cancellationToken);
        await server.Provisioner.Launches.WaitForAsync(_ => true, 2, cancellationToken);

        using var removed = await server.Client.DeleteAsync($"/contexts/{context}", cancellationToken);
        using var restarted = await restarting;

        ((int)restarted.StatusCode).Should().Be(500);
        (await restarted.Content.ReadAsStringAsync(cancellationToken)).Should().Be($"Failed to restart context {context}: it was removed meanwhile.");
    }

    private static IEnumerable<string?> Types(IEnumerable<JObject> lines) => lines.Select(line => (string?)line["type"]);

    private static void AssertError(JObject line, string name, string value)
    {
        line["type"]!.Value<string>().Should().Be("error");
        line["name"]!.Value<string>().Should().Be(name);
        line["value"]!.Value<string>().Should().Be(value);
        line["traceback"]!.Value<string>().Should().BeEmpty();
    }
}
