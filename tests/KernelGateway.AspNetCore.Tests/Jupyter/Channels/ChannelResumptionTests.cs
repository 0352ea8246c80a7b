using System.Globalization;
using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>The messages for a client that reconnects with the <c>session_id</c> of its lost connection.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class ChannelResumptionTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task A_killed_client_gets_missed_output_and_replies(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
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
    [Category("Slow")]
    [CancelAfter(60_000)]
    public async Task Nothing_is_lost_or_repeated_over_a_hundred_kills(CancellationToken cancellationToken)
    {
        const int Count = 20_000;
        await using var server = await GatewayServer.StartAsync(stack: stack);
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
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var older = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var closed = older.ReceiveAsync(cancellationToken);

        using var newer = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        (await closed)?.ToString().Should().BeNull();
        older.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        var request = await newer.ExecuteAsync("print here", cancellationToken);
        Streams(await newer.ReceiveAnswersAsync(request, cancellationToken)).Should().Equal("here\n");
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(60_000)]
    public async Task A_client_that_does_not_read_is_closed_as_too_slow_and_resumes_without_a_gap(CancellationToken cancellationToken)
    {
        const int Count = 20_000;
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxPendingBytes = 1 << 20, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var client = await ConnectAsync(server, id, "session_id=slow", cancellationToken);
        var closes = 0;
        var request = await client.ExecuteAsync($"flood {Count}", cancellationToken);
        var messages = await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);
        await server.Gateway.Contexts.Get(id).RunAsync("print all is out", cancellationToken: cancellationToken);

        while (!await ReceiveRestAsync(client, messages, cancellationToken))
        {
            client.CloseStatus.Should().Be(WebSocketCloseStatus.PolicyViolation);
            client.CloseReason.Should().Contain("Too slow").And.Contain("same session_id");
            client.Dispose();
            closes++;
            client = await ConnectAsync(server, id, $"session_id=slow&last_message_id={messages[^1]["header"]!["msg_id"]}", cancellationToken);
        }

        client.Dispose();
        closes.Should().BePositive();
        Streams(messages.Where(message => ParentOf(message) == request))
            .Should().Equal(Enumerable.Range(1, Count).Select(number => number.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Output_dropped_while_the_client_was_away_is_counted_in_its_cell(CancellationToken cancellationToken)
    {
        const int Count = 10_000;
        await using var server = await GatewayServer.StartAsync(http: http =>
        {
            http.Channels.MaxPendingBytes = 1 << 20;
            http.Channels.MaxReplayBytes = 1 << 20;
        }, stack: stack);
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

    // Returns false when the connection was closed before the last output.
    private static async Task<bool> ReceiveRestAsync(ChannelClient client, List<JObject> messages, CancellationToken cancellationToken)
    {
        while (await client.ReceiveAsync(cancellationToken) is { } message)
        {
            messages.Add(message);
            if (TextOf(message) == "all is out\n") return true;
        }

        return false;
    }
}
