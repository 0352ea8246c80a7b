using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Testing.Scripting;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>The handling of messages that are too long, too many, or unreadable.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class ChannelLimitTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Waiting_requests_are_limited_and_the_client_gets_an_error(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http => http.Channels.MaxWaitingRequestBytes = 100_000);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var running = await client.ExecuteAsync("wait gate", cancellationToken);
        await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);

        var code = "print " + new string('x', 60_000);
        var waiting = await client.ExecuteAsync(code, cancellationToken);
        var refused = await client.ExecuteAsync(code, cancellationToken);
        var told = await client.ReceiveAnswersAsync(refused, cancellationToken);

        var reply = told.Single(message => TypeOf(message) == "execute_reply");
        ((string?)reply["content"]!["ename"]).Should().Be("RequestQueueFull");
        ((string?)reply["content"]!["evalue"]).Should().Contain("not begun with 1 earlier messages");
        (await server.Log.WaitForAsync(5161, cancellationToken)).Level.Should().Be(LogLevel.Warning);

        (await server.KernelAsync(cancellationToken)).Release("gate");
        var rest = await client.ReceiveAnswersAsync(waiting, cancellationToken);
        rest.Should().Contain(message => TypeOf(message) == "execute_reply" && ParentOf(message) == running);
        Streams(rest).Should().Equal(new string('x', 60_000) + "\n");
        var again = await client.ExecuteAsync(code, cancellationToken);
        Streams(await client.ReceiveAnswersAsync(again, cancellationToken)).Should().Equal(new string('x', 60_000) + "\n");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_long_text_comes_in_pieces_of_the_same_parent_and_stream(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http => http.Channels.MaxStreamMessageBytes = 1024);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var text = string.Concat(Enumerable.Range(0, 1_000).Select(number => $"{number} "));

        var request = await client.ExecuteAsync($"print {text}", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);

        var pieces = answers.Where(message => TypeOf(message) == "stream").ToList();
        pieces.Should().HaveCountGreaterThan(3);
        pieces.Should().OnlyContain(piece => ParentOf(piece) == request && (string?)piece["content"]!["name"] == "stdout");
        string.Concat(pieces.Select(TextOf)).Should().Be(text + "\n");
        pieces.Select(piece => (string?)piece["header"]!["msg_id"]).Should().OnlyHaveUniqueItems();

        // The ids allow a client to name each piece as the last message that it received.
        client.Kill();
        await DisconnectedAsync(server, "mine", cancellationToken);
    }

    [TestCase("{\"data\": {\"text/plain\": \"half\"")]
    [TestCase("DEEP")]
    [CancelAfter(60_000)]
    public async Task Unparsable_content_is_dropped_counted_and_reported(string content, CancellationToken cancellationToken)
    {
        if (content == "DEEP") content = $$"""{"data":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""";
        await using var server = await StartAsync();
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var kernel = await server.KernelAsync(cancellationToken);
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            var header = kernel.Factory.CreateHeader(MessageTypes.DisplayData);
            JupyterMessage.TryCreateRaw(
                header.ToUtf8(), request.Message.RawHeader, "{}"u8.ToArray(), System.Text.Encoding.UTF8.GetBytes(content), [], out var broken, out _);
            await kernel.SendAsync(Protocol.KernelChannel.IOPub, broken!, []);
            await request.StreamAsync("stdout", "goes on\n");
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        var answers = await client.ReceiveAnswersAsync(await client.ExecuteAsync("broken", cancellationToken), cancellationToken);

        var texts = Streams(answers).ToList();
        texts.Should().HaveCount(2);
        texts[0].Should().Contain("display_data").And.Contain("was dropped");
        texts[1].Should().Be("goes on\n");
        (await server.Log.WaitForAsync(5162, cancellationToken)).Level.Should().Be(LogLevel.Warning);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_frame_above_the_limit_is_logged_once_and_closes_the_connection(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http => http.Channels.MaxMessageBytes = 10_000);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);

        await client.SendTextAsync(new string(' ', 10_001), cancellationToken);
        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that were sent before the close frame.
        }

        ((int?)client.CloseStatus).Should().Be(1009);
        var entry = await server.Log.WaitForAsync(5160, cancellationToken);
        entry.Level.Should().Be(LogLevel.Warning);
        entry["Status"].Should().Be(1009);
        await DisconnectedAsync(server, "mine", cancellationToken);
        server.Log.Entries.Where(one => one.EventId.Id == 5160).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Nothing_is_counted_any_more_when_kernel_and_clients_have_gone(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        var memory = server.Gateway.Memory;
        var before = memory.UsedBytes;
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var away = await ConnectAsync(server, id, "session_id=away", cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=here", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("flood 1000", cancellationToken), cancellationToken);
        away.Kill();
        away.Dispose();
        await DisconnectedAsync(server, "away", cancellationToken);
        memory.UsedBytes.Should().BeGreaterThan(before + 100_000, "the disconnected client has not received the output");

        await server.Gateway.Contexts.RemoveAsync(id);
        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that the kernel and the gateway send at the shutdown.
        }

        await DisconnectedAsync(server, "here", cancellationToken);
        memory.UsedBytes.Should().Be(before);
    }

    private Task<GatewayServer> StartAsync(Action<KernelGatewayHttpOptions>? http = null) =>
        GatewayServer.StartAsync(http: http, stack: stack);
}
