using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>Requests that wait in the gateway while the process of their kernel is replaced.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class ChannelRestartTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Code_that_was_answered_with_an_error_is_not_run_by_the_next_process(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAndExecuteAsync(server, id, cancellationToken);
        var restart = await EndProcessDuringRestartAsync(server, id, cancellationToken);

        var stale = await client.ExecuteAsync("print stale", cancellationToken);
        await IsAcceptedAsync(server, client, cancellationToken);
        restart.Go();
        var told = await client.ReceiveAnswersAsync(stale, cancellationToken);
        await restart.Done;
        var next = await client.ExecuteAsync("print fresh", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(next, cancellationToken);

        told.Single(message => TypeOf(message) == "execute_reply")["content"]!["ename"]!.ToString().Should().Be("KernelRestarted");
        Streams(told.Concat(answers)).Should().Equal("fresh\n");
        (await server.KernelAsync(cancellationToken, number: 2)).GetReceivedCode().Should().Equal("print fresh");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_kernel_info_request_that_waits_is_answered_by_the_next_process(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAndExecuteAsync(server, id, cancellationToken);
        var restart = await EndProcessDuringRestartAsync(server, id, cancellationToken);

        var request = await client.SendAsync("kernel_info_request", new JObject(), cancellationToken);
        await IsAcceptedAsync(server, client, cancellationToken);
        restart.Go();
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);
        await restart.Done;

        var reply = answers.Single(message => TypeOf(message) == "kernel_info_reply" && ParentOf(message) == request);
        ((string?)reply["content"]!["status"]).Should().Be("ok");
    }

    // Code that has been executed shows that the client is connected to the first process.
    private static async Task<ChannelClient> ConnectAndExecuteAsync(GatewayServer server, string id, CancellationToken cancellationToken)
    {
        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("1", cancellationToken), cancellationToken);
        return client;
    }

    // The process exits while a requested restart holds the lifecycle lock. The clients are therefore notified when the restart continues.
    private static async Task<(Action Go, Task Done)> EndProcessDuringRestartAsync(GatewayServer server, string id, CancellationToken cancellationToken)
    {
        var checking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Provisioner.BeforeCheck = async token =>
        {
            checking.SetResult();
            await go.Task.WaitAsync(token);
        };
        var kernel = server.Gateway.Contexts.Get(id).Kernel;
        var instance = await kernel.WhenReadyAsync(cancellationToken);
        var restarting = kernel.RestartAsync(cancellationToken);
        await checking.Task.WaitAsync(cancellationToken);
        await (await server.KernelAsync(cancellationToken)).StopAsync();
        await instance.Closed.WaitAsync(cancellationToken);
        return (go.SetResult, restarting);
    }

    // The gateway reads the messages of a client in order. The log entry for the malformed message shows that the earlier ones were accepted.
    private static async Task IsAcceptedAsync(GatewayServer server, ChannelClient client, CancellationToken cancellationToken)
    {
        await client.SendTextAsync("no json", cancellationToken);
        await server.Log.WaitForAsync(5303, cancellationToken);
    }
}
