using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class KernelChannelTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_without_a_session_runs_code_and_reads_until_idle(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "", cancellationToken);

        var request = await client.ExecuteAsync("print hello\nreturn 42", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);

        Streams(answers).Should().Equal("hello\n");
        answers.Should().OnlyContain(message => ParentOf(message) == request);
        answers.Single(message => TypeOf(message) == "execute_reply")["channel"]!.ToString().Should().Be("shell");
        answers.Single(message => TypeOf(message) == "execute_result")["content"]!["data"]!["text/plain"]!.ToString().Should().Be("42");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Every_client_sees_what_is_published_and_only_its_own_replies(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
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
        await using var server = await GatewayServer.StartAsync();
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
        await using var server = await GatewayServer.StartAsync();
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
    [CancelAfter(60_000)]
    public async Task A_client_that_was_killed_gets_what_it_missed_replies_too(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var request = await client.ExecuteAsync("print before\nwait gate\nprint after", cancellationToken);
        var before = await client.ReceiveUntilAsync(message => TextOf(message) == "before\n", cancellationToken);
        client.Kill();

        var kernel = server.Gateway.Contexts.Get(id).Kernel;
        var activity = new MessageSignal(message => message.IsStatus("\"idle\""u8));
        using var observation = kernel.Observe(activity);
        (await server.KernelAsync(cancellationToken)).Release("gate");
        await activity.Seen.WaitAsync(cancellationToken);
        using var again = await ConnectAsync(server, id, $"session_id=mine&last_message_id={before[^1]["header"]!["msg_id"]}", cancellationToken);
        var rest = await again.ReceiveAnswersAsync(request, cancellationToken);

        Streams(rest).Should().Equal("after\n");
        rest.Should().ContainSingle(message => TypeOf(message) == "execute_reply");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Nothing_is_lost_or_repeated_over_a_hundred_kills(CancellationToken cancellationToken)
    {
        const int Count = 20_000;
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var texts = new List<string>();
        var lastId = "";
        var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var request = await client.ExecuteAsync($"flood {Count}", cancellationToken);
        var (idle, replied) = (false, false);
        for (var kills = 0; !(idle && replied);)
        {
            var rest = kills < 100 ? random.Next(1, Count / 120) : int.MaxValue;
            for (; rest > 0 && !(idle && replied); rest--)
            {
                var message = (await client.ReceiveAsync(cancellationToken))!;
                lastId = message["header"]!["msg_id"]!.ToString();
                if (TypeOf(message) == "stream") texts.Add(TextOf(message)!);
                idle |= IsStatus(message, "idle") && ParentOf(message) == request;
                replied |= TypeOf(message) == "execute_reply";
            }

            if (idle && replied) break;
            client.Kill();
            client.Dispose();
            kills++;
            client = await ConnectAsync(server, id, $"session_id=mine&last_message_id={lastId}", cancellationToken);
        }

        client.Dispose();
        texts.Should().Equal(Enumerable.Range(1, Count).Select(number => number.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_newer_connection_of_a_session_replaces_the_older_one(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var older = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var closed = older.ReceiveAsync(cancellationToken);

        using var newer = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        (await closed).Should().BeNull();
        older.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        var request = await newer.ExecuteAsync("print here", cancellationToken);
        Streams(await newer.ReceiveAnswersAsync(request, cancellationToken)).Should().Equal("here\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Death_answers_what_was_asked_and_says_why_before_the_restart(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
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
    public async Task Removing_the_kernel_closes_its_clients_for_good(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        await server.Gateway.Contexts.RemoveAsync(id);

        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // What the kernel says at its end.
        }

        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        client.CloseReason.Should().Contain("shut down");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_server_that_stops_says_so(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        var stopping = server.StopAsync();

        (await client.ReceiveAsync(cancellationToken)).Should().BeNull();
        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        await stopping;
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_client_that_does_not_read_is_told_so_and_resumes_without_a_gap(CancellationToken cancellationToken)
    {
        const int Count = 20_000;
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxPendingBytes = 1 << 20);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var client = await ConnectAsync(server, id, "session_id=slow", cancellationToken);
        var request = await client.ExecuteAsync($"flood {Count}", cancellationToken);
        var messages = await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);
        await server.Gateway.Contexts.Get(id).RunAsync("print all is out", cancellationToken: cancellationToken);

        while (await client.ReceiveAsync(cancellationToken) is { } message) messages.Add(message);
        client.CloseStatus.Should().Be((WebSocketCloseStatus)1013);
        client.CloseReason.Should().Contain("Too slow").And.Contain("same session_id");
        client.Dispose();

        var last = messages[^1]["header"]!["msg_id"];
        using var again = await ConnectAsync(server, id, $"session_id=slow&last_message_id={last}", cancellationToken);
        messages.AddRange(await again.ReceiveUntilAsync(message => TextOf(message) == "all is out\n", cancellationToken));

        Streams(messages.Where(message => ParentOf(message) == request))
            .Should().Equal(Enumerable.Range(1, Count).Select(number => number.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task What_did_not_fit_while_the_client_was_away_is_counted_in_its_cell(CancellationToken cancellationToken)
    {
        const int Count = 10_000;
        await using var server = await GatewayServer.StartAsync(http: http =>
        {
            http.Channels.MaxPendingBytes = 1 << 20;
            http.Channels.MaxReplayBytes = 1 << 20;
        });
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var client = await ConnectAsync(server, id, "session_id=away", cancellationToken);
        var request = await client.ExecuteAsync($"wait gate\nflood {Count}", cancellationToken);
        await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);
        client.Kill();
        client.Dispose();
        await DisconnectedAsync(server, "away", cancellationToken);

        (await server.KernelAsync(cancellationToken)).Release("gate");
        await server.Gateway.Contexts.Get(id).RunAsync("print behind it", cancellationToken: cancellationToken);
        using var again = await ConnectAsync(server, id, "session_id=away", cancellationToken);
        var rest = await again.ReceiveAnswersAsync(request, cancellationToken);

        var notice = rest.Single(message => TypeOf(message) == "stream" && (string?)message["content"]!["name"] == "stderr");
        ParentOf(notice).Should().Be(request);
        var dropped = int.Parse(TextOf(notice)!.Split(' ')[1], CultureInfo.InvariantCulture);
        Streams(rest).Skip(1).Should().Equal(Enumerable.Range(dropped + 1, Count - dropped).Select(number => number.ToString(CultureInfo.InvariantCulture) + "\n"));
        rest.Should().ContainSingle(message => TypeOf(message) == "execute_reply");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Connections_are_counted_while_they_last(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
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
    public async Task Messages_that_make_no_sense_are_dropped_and_the_connection_goes_on(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
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
        await using var server = await GatewayServer.StartAsync();
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

    private static async Task DisconnectedAsync(GatewayServer server, string sessionId, CancellationToken cancellationToken) =>
        await server.Log.WaitForAsync(
            entry => entry.Message.Contains("was disconnected", StringComparison.Ordinal) && sessionId.Equals(entry["SessionId"]), cancellationToken);
}
