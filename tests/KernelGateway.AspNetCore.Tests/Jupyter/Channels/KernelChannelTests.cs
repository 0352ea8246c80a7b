using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class KernelChannelTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_without_a_session_runs_code_and_reads_until_idle(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "", cancellationToken);

        var request = await client.ExecuteAsync("print hello\nreturn 42", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);

        Streams(answers).Should().Equal("hello\n");
        answers.Where(message => ParentOf(message) != request).Select(message => message.ToString()).Should().BeEmpty();
        answers.Single(message => TypeOf(message) == "execute_reply")["channel"]!.ToString().Should().Be("shell");
        answers.Single(message => TypeOf(message) == "execute_result")["content"]!["data"]!["text/plain"]!.ToString().Should().Be("42");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_is_counted_before_it_knows_that_it_is_connected(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var activity = server.Gateway.Contexts.Get(id).Kernel.Activity;
        var clients = new List<ChannelClient>();
        for (var number = 1; number <= 100; number++)
        {
            clients.Add(await ConnectAsync(server, id, "", cancellationToken));
            activity.Connections.Should().Be(number);
        }

        clients.ForEach(client => client.Dispose());
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Every_client_gets_all_published_messages_and_only_its_own_replies(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var one = await ConnectAsync(server, id, "session_id=one", cancellationToken);
        using var other = await ConnectAsync(server, id, "session_id=other", cancellationToken);

        var first = await one.ExecuteAsync("print first", cancellationToken);
        await one.ReceiveAnswersAsync(first, cancellationToken);
        var second = await other.ExecuteAsync("print second", cancellationToken);
        var seen = await other.ReceiveAnswersAsync(second, cancellationToken);

        Streams(seen).Should().Equal("first\n", "second\n");
        seen.Where(message => TypeOf(message) == "execute_reply").Should().ContainSingle().Which.Should().Match<JObject>(reply => ParentOf(reply) == second);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Executions_of_the_context_show_on_iopub_and_code_of_clients_does_not_mix_into_them(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "", cancellationToken);
        var theirs = await client.ExecuteAsync("print theirs\nwait gate", cancellationToken);
        await client.ReceiveUntilAsync(message => TypeOf(message) == "stream", cancellationToken);

        var execution = server.Gateway.Contexts.Get(id).Submit("print ours");
        (await server.KernelAsync(cancellationToken)).Release("gate");
        await execution.WaitAsync(cancellationToken);

        execution.Logs.Stdout.Should().Equal("ours\n");
        var seen = await client.ReceiveUntilAsync(message => TextOf(message) == "ours\n", cancellationToken);
        seen.Should().Contain(message => TypeOf(message) == "execute_input" && (string?)message["content"]!["code"] == "print ours");
        seen.Should().Contain(message => TypeOf(message) == "execute_reply" && ParentOf(message) == theirs);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_question_goes_to_the_client_whose_code_asks(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var other = await ConnectAsync(server, id, "session_id=other", cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=asking", cancellationToken);

        var request = await client.ExecuteAsync("input name?", cancellationToken);
        var question = (await client.ReceiveUntilAsync(message => TypeOf(message) == "input_request", cancellationToken))[^1];
        await client.SendAsync("input_reply", new JObject { ["value"] = "Ada" }, cancellationToken, channel: "stdin");
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);
        var seen = await other.ReceiveUntilAsync(message => IsStatus(message, "idle") && ParentOf(message) == request, cancellationToken);

        question["channel"]!.ToString().Should().Be("stdin");
        Streams(answers).Should().Equal("Ada\n");
        seen.Should().NotContain(message => TypeOf(message) == "input_request");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Death_answers_open_requests_with_the_reason_before_the_restart(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var request = await client.ExecuteAsync("wait for ever", cancellationToken);
        await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);

        await (await server.KernelAsync(cancellationToken)).StopAsync();
        var told = await client.ReceiveUntilAsync(message => IsStatus(message, "idle") && ParentOf(message) is null, cancellationToken);

        told.Select(TypeOf).Should().Equal("error", "execute_reply", "status", "status", "status", "status");
        told[0]["content"]!["ename"]!.ToString().Should().Be("KernelDied");
        told[0]["content"]!["evalue"]!.ToString().Should().Contain("process ended");
        told[1]["content"]!["status"]!.ToString().Should().Be("error");
        told.Take(3).Should().OnlyContain(message => ParentOf(message) == request);
        told.Skip(2).Select(message => message["content"]!["execution_state"]!.ToString()).Should().Equal("idle", "restarting", "starting", "idle");
        var next = await client.ExecuteAsync("print alive", cancellationToken);
        Streams(await client.ReceiveAnswersAsync(next, cancellationToken)).Should().Equal("alive\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_connects_while_code_runs_gets_the_busy_status_of_its_request(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var first = await ConnectAsync(server, id, "session_id=first", cancellationToken);
        var running = await first.ExecuteAsync("wait gate", cancellationToken);
        await first.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);

        using var second = await ConnectAsync(server, id, "session_id=second", cancellationToken);
        var told = (await second.ReceiveAsync(cancellationToken))!;
        IsStatus(told, "busy").Should().BeTrue();
        ParentOf(told).Should().Be(running);

        var info = await second.SendAsync("kernel_info_request", [], cancellationToken, channel: "control");
        await second.ReceiveUntilAsync(message => IsStatus(message, "idle") && ParentOf(message) == info, cancellationToken);
        var next = await second.ReceiveUntilAsync(message => TypeOf(message) == "status", cancellationToken);
        IsStatus(next[^1], "busy").Should().BeTrue("clients show the newest status as the state of the kernel");
        ParentOf(next[^1]).Should().Be(running);

        (await server.KernelAsync(cancellationToken)).Release("gate");
        await second.ReceiveUntilAsync(message => IsStatus(message, "idle") && ParentOf(message) == running, cancellationToken);
        using var third = await ConnectAsync(server, id, "session_id=third", cancellationToken);
        var request = await third.ExecuteAsync("print hello", cancellationToken);
        (await third.ReceiveAnswersAsync(request, cancellationToken)).Should().OnlyContain(message => ParentOf(message) == request);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_first_client_of_a_kernel_gets_the_busy_status_of_a_contexts_code(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var execution = server.Gateway.Contexts.Get(id).Submit("print begun\nwait gate");
        await foreach (var item in execution.ReadEventsAsync(cancellationToken: cancellationToken))
        {
            if (item is Executions.StreamEvent) break;
        }

        using var client = await ConnectAsync(server, id, "", cancellationToken);

        IsStatus((await client.ReceiveAsync(cancellationToken))!, "busy").Should().BeTrue();
        (await server.KernelAsync(cancellationToken)).Release("gate");
        await client.ReceiveUntilAsync(message => IsStatus(message, "idle"), cancellationToken);
        await execution.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Clients_that_connect_just_after_the_shutdown_are_closed_with_the_reason(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);

        // Only the kernel is shut down. The context still exists, and its id is known.
        await server.Gateway.Contexts.Get(id).Kernel.ShutDownAsync();
        using var client = await ConnectAsync(server, id, "session_id=late", cancellationToken);

        (await client.ReceiveAsync(cancellationToken)).Should().BeNull();
        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Removing_the_kernel_closes_its_clients_for_good(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        await server.Gateway.Contexts.RemoveAsync(id);

        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that the kernel and the gateway send at the shutdown.
        }

        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        client.CloseReason.Should().Contain("shut down");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_server_that_stops_closes_with_its_reason(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        var stopping = server.StopAsync();

        (await client.ReceiveAsync(cancellationToken)).Should().BeNull();
        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        await stopping;
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Connections_are_counted_while_they_last(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var activity = server.Gateway.Contexts.Get(id).Kernel.Activity;
        using var one = await ConnectAsync(server, id, "session_id=one", cancellationToken);
        using var other = await ConnectAsync(server, id, "session_id=other", cancellationToken);

        await one.ReceiveAnswersAsync(await one.ExecuteAsync("1", cancellationToken), cancellationToken);
        await other.ReceiveAnswersAsync(await other.ExecuteAsync("1", cancellationToken), cancellationToken);
        activity.Connections.Should().Be(2);

        one.Kill();
        other.Kill();
        await DisconnectedAsync(server, "one", cancellationToken);
        await DisconnectedAsync(server, "other", cancellationToken);
        activity.Connections.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Malformed_messages_are_dropped_and_the_connection_continues(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "", cancellationToken);

        await client.SendTextAsync("no json", cancellationToken);
        await client.SendTextAsync("""{"channel":"iopub","header":{"msg_type":"stream","msg_id":"1"},"content":{}}""", cancellationToken);
        var request = await client.ExecuteAsync("print fine", cancellationToken);

        Streams(await client.ReceiveAnswersAsync(request, cancellationToken)).Should().Equal("fine\n");
        (await server.KernelAsync(cancellationToken)).Received.Items.Should().NotContain(
            received => received.Message != null && received.Message.MessageType == MessageTypes.Stream);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Without_a_kernel_a_token_or_an_upgrade_there_is_an_http_answer(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);

        using var plain = await server.Client.GetAsync($"/api/kernels/{id}/channels", cancellationToken);
        ((int)plain.StatusCode).Should().BeOneOf(400, 426);
        using var stranger = server.NewClient();
        using var refused = await stranger.GetAsync($"/api/kernels/{id}/channels", cancellationToken);
        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        using var unknown = await server.Client.GetAsync($"/api/kernels/{Guid.NewGuid()}/channels", cancellationToken);
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        ((string?)(await unknown.JsonAsync(cancellationToken))["message"]).Should().Contain("does not exist");
    }
}
