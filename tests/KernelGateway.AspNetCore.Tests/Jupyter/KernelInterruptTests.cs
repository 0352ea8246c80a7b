using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class KernelInterruptTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Running_execution_ends_as_interrupted(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        using var running = await server.Client.ExecuteAsync("wait gate", cancellationToken, new JObject { ["context_id"] = id });
        await running.ReadUntilAsync("number_of_executions", cancellationToken);

        using var response = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        var end = await running.ReadUntilAsync("end_of_execution", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
        end["reason"]!.Value<string>().Should().Be("interrupted");
        end["state"]!.Value<string>().Should().Be("preserved");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_does_nothing_is_answered_204_without_a_body(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();

        using var response = await server.Client.PostRawAsync($"/api/kernels/{id}/interrupt", [], null, cancellationToken);
        using var odd = await server.Client.PostRawAsync($"/api/kernels/{id}/interrupt", "no json"u8.ToArray(), "text/plain", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
        odd.StatusCode.Should().Be(HttpStatusCode.NoContent, "the body is ignored");
        (await server.Client.GetTokenAsync($"/api/kernels/{id}", cancellationToken))["execution_state"]!.Value<string>().Should().Be("idle");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_of_another_client_is_interrupted_and_an_execution_that_waits_behind_it_runs(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var kernel = await server.KernelAsync(cancellationToken);
        var observed = server.Gateway.Contexts.Get(id).Kernel;
        var begun = new MessageSignal(MessageTypes.ExecuteInput);
        using var observation = observed.Observe(begun);
        var request = MessageFactory.StartSession().Create(new ExecuteRequest { Code = "wait forever" });
        await observed.SendAsync(KernelChannel.Shell, request, cancellationToken);
        var foreign = await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        await begun.Seen.WaitAsync(cancellationToken);
        using var waiting = await server.Client.ExecuteAsync("return 42", cancellationToken, new JObject { ["context_id"] = id });

        using var response = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        var lines = await waiting.ReadAllAsync(cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
        foreign.Interrupted.IsCancellationRequested.Should().BeTrue();
        lines.Should().Contain(line => (string?)line["text"] == "42");
        lines[^1]["reason"]!.Value<string>().Should().Be("completed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_is_answered_although_the_kernel_does_not_react(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.Kernels.InterruptGrace = TimeSpan.FromDays(1));
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        var kernel = await server.KernelAsync(cancellationToken);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.ExecuteInputAsync(1);
            await released.Task;
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });
        using var stubborn = await server.Client.ExecuteAsync("anything", cancellationToken, new JObject { ["context_id"] = id });
        await stubborn.ReadUntilAsync("number_of_executions", cancellationToken);

        using var response = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        released.SetResult();
        await stubborn.ReadUntilAsync("end_of_execution", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }
}
