using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter;

public class DisconnectTests
{
    private const int TestTimeout = 60_000;
    private const int InterruptedBecauseClientHadGone = 5101;
    private const int RequestAnswered = 5001;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_goes_interrupts_its_own_execution_and_not_the_next(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var stream = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        await stream.ReadUntilAsync("number_of_executions", cancellationToken);
        using var next = await server.Client.ExecuteAsync("return 7", cancellationToken);

        stream.Dispose();
        await server.Log.WaitForAsync(InterruptedBecauseClientHadGone, cancellationToken);

        (await next.ReadUntilAsync("result", cancellationToken))["text"]!.Value<string>().Should().Be("7");
        (await next.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
        var end = await server.Gateway.FindExecution(stream.ExecutionId)!.Ended;
        end.Reason.Should().Be(ExecutionEndReason.Interrupted);
        end.StoppedBy.Should().Be(ExecutionStopCause.Disconnect);
        end.IsStatePreserved.Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_whose_client_goes_while_it_waits_never_reaches_the_kernel(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        var queued = await server.Client.ExecuteAsync("print never", cancellationToken);

        queued.Dispose();
        await server.Log.WaitForAsync(InterruptedBecauseClientHadGone, cancellationToken);
        var kernel = await server.KernelAsync(cancellationToken);
        kernel.Release("gate");
        using var last = await server.Client.ExecuteAsync("return 1", cancellationToken);
        await last.ReadAllAsync(cancellationToken);

        kernel.GetReceivedCode().Should().Equal("wait gate", "return 1");
        (await running.ReadUntilAsync("end_of_execution", cancellationToken))["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Execution_goes_on_without_its_client_when_that_was_asked_for(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var stream = await server.Client.ExecuteAsync("wait gate\nprint done", cancellationToken, new JObject { ["on_disconnect"] = "continue" });
        await stream.ReadUntilAsync("number_of_executions", cancellationToken);

        stream.Dispose();
        await server.Log.WaitForAsync(
            entry => entry.EventId.Id == RequestAnswered && entry.ToString().Contains("/execute", StringComparison.Ordinal), cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release("gate");
        using var again = await server.Client.ReadEventsAsync($"/executions/{stream.ExecutionId}/events", cancellationToken);
        var lines = await again.ReadAllAsync(cancellationToken);

        lines.Should().Contain(line => (string?)line["text"] == "done\n");
        lines[^1]["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_stops_breaks_the_connection_instead_of_ending_the_stream(CancellationToken cancellationToken)
    {
        var server = await GatewayServer.StartAsync();
        await using var disposing = server;
        using var stream = await server.Client.ExecuteAsync("wait gate", cancellationToken);
        await stream.ReadUntilAsync("number_of_executions", cancellationToken);

        var stopping = server.StopAsync();
        var reading = async () => await stream.ReadAllAsync(cancellationToken);

        await reading.Should().ThrowAsync<IOException>("a client takes a stream that ends normally for a success");
        await stopping;
        server.Provisioner.Kernels.Items.Should().OnlyContain(kernel => kernel.Stopped.IsCompleted);
    }
}
