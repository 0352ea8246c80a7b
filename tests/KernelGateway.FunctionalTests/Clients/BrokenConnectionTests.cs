using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>A client whose connection is reset a hundred times during output, at any byte, and that reconnects each time.</summary>
/// <param name="kestrelSockets">Whether the server uses Kestrel's own socket transport.</param>
[RequiresKernel]
[TestFixture(false)]
[TestFixture(true, Category = "EveryVariant")]
public sealed class BrokenConnectionTests(bool kestrelSockets) : ServedTests(kestrelSockets ? ["--kestrel-sockets"] : [])
{
    private const int Cuts = 100;
    private const int Lines = 12_000;

    // The approximate number of bytes that one line takes on the connection.
    private const int BytesPerLine = 600;

    // Two thousand lines a second. If a busy machine reads more slowly than the kernel writes, the kernel's socket drops output, and what is left
    // can be over before the last cut.
    private static readonly string LinesCell = $"""
        import time
        for i in range({Lines}):
            print('line', i, flush=True)
            if i % 20 == 0: time.sleep(0.01)
        """;

    private const string EndCell = "print('that was all')";

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_or_repeated_with_last_message_id(string protocol, CancellationToken cancellationToken)
    {
        var (received, sent, _) = await RunAsync(protocol, saysLast: true, throughProxy: false, cancellationToken);
        ShouldBeAll(received, sent);
    }

    [TestCase("v1")]
    [TestCase("legacy", Category = "EveryVariant")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_or_repeated_behind_a_proxy_that_resets(string protocol, CancellationToken cancellationToken)
    {
        var (received, sent, _) = await RunAsync(protocol, saysLast: true, throughProxy: true, cancellationToken);
        ShouldBeAll(received, sent);
    }

    [TestCase("v1")]
    [TestCase("legacy", Category = "EveryVariant")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_without_last_message_id_and_no_acknowledged_one_is_repeated(
        string protocol, CancellationToken cancellationToken)
    {
        var (received, sent, repeatedThoughAnswered) = await RunAsync(protocol, saysLast: false, throughProxy: false, cancellationToken);
        var first = received.DistinctBy(message => message.Id).ToList();
        TestContext.Out.WriteLine($"{received.Count - first.Count} messages came again");
        ShouldBeAll(first, sent);
        TestContext.Out.WriteLine($"{repeatedThoughAnswered.Count} of them though the client had answered a ping behind them");

        // Kestrel's own transport discards received pongs when a send fails (docs/decisions/003-socket-transport.md).
        if (Arguments.Count > 0) return;
        repeatedThoughAnswered.Should().BeEmpty("the client had acknowledged them before its connection broke");
    }

    // Each iopub message was received once and in order, and the reply was received once.
    private static void ShouldBeAll(IReadOnlyList<ChannelMessage> received, IReadOnlyList<ChannelMessage> sent)
    {
        received.Where(message => message.Channel == "iopub").Select(message => message.Id).Should().Equal(sent.Select(message => message.Id));
        received.Where(message => message.Channel != "iopub").Should().ContainSingle()
            .Which.Content["status"]!.ToString().Should().Be("ok");
        sent.Should().Contain(message => message.Type == "stream").And.OnlyContain(
            message => message.Type == "stream" || message.Type == "status" || message.Type == "execute_input");
        TextOf(received).Should().Be(TextOf(sent));
    }

    private static string TextOf(IEnumerable<ChannelMessage> messages) =>
        messages.Aggregate(new StringBuilder(), (text, message) => text.Append((string?)message.Content["text"])).ToString();

    /// <summary>
    /// Returns the received messages of a cell, the sent messages, and the messages that were repeated after the client had acknowledged them.
    /// </summary>
    private async Task<(List<ChannelMessage> Received, List<ChannelMessage> Sent, List<string> RepeatedThoughAnswered)> RunAsync(
        string protocol, bool saysLast, bool throughProxy, CancellationToken cancellationToken)
    {
        // With this mean, all cuts happen well before the end of the output.
        var meanBytesBetweenCuts = Lines * BytesPerLine / Cuts / 3;
        var seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var issued = 0;
        var wire = protocol == "v1" ? ChannelWire.V1 : ChannelWire.Legacy;
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        await using var proxy = new CuttingProxy(Server.Url, NextCut);
        proxy.Start();

        // The undisturbed client receives everything that the kernel published. That is less than was printed if the kernel's socket drops output,
        // which happens when the machine is too busy to read it.
        using var undisturbed = await ConnectAsync(kernel.ChannelsAt(Server.Url, ""), wire, "undisturbed", null, cancellationToken);
        var listening = ListenAsync(undisturbed, cancellationToken);

        var received = new List<ChannelMessage>();
        string? request = null, end = null, last = null;
        var interruptions = new List<int>();
        var known = new HashSet<string>();
        var answered = new HashSet<string>();
        var repeatedThoughAnswered = new List<string>();
        var isOver = false;
        while (!isOver)
        {
            CutStream? connection = null;
            var ofConnection = new List<string>();
            try
            {
                var query = "?session_id=broken" + (saysLast && last is not null ? $"&last_message_id={Uri.EscapeDataString(last)}" : "");
                using var client = await ConnectAsync(
                    kernel.ChannelsAt(throughProxy ? proxy.Url : Server.Url, query),
                    wire,
                    "broken",
                    throughProxy ? null : async (context, token) => connection = await CutStream.OpenAsync(context.DnsEndPoint, NextCut(), token),
                    cancellationToken);
                client.Subprotocol.Should().Be(wire.Subprotocol);
                request ??= await client.ExecuteAsync(LinesCell, cancellationToken);
                while (!isOver)
                {
                    var message = await client.ReceiveAsync(cancellationToken);
                    last = message.Id;
                    ofConnection.Add(message.Id);
                    if (answered.Contains(message.Id)) repeatedThoughAnswered.Add(message.Id);
                    isOver = IsEnd(message);
                    if (message.ParentId != request) continue;
                    received.Add(message);
                    known.Add(message.Id);

                    // The kernel is idle then, so it does not drop the output that marks the end.
                    if (message.Type == "execute_reply" && end is null)
                    {
                        issued.Should().BeGreaterThan(Cuts, "all cuts must happen before the end");
                        end = await client.ExecuteAsync(EndCell, cancellationToken);
                    }
                }
            }
            catch (Exception exception) when (exception is WebSocketException or IOException && (throughProxy || connection is { WasCut: true }))
            {
                interruptions.Add(known.Count);
            }

            if (connection is not null) answered.UnionWith(ofConnection.Take(connection.Tally.AnsweredMessages));
        }

        var sent = (await listening).Where(message => message.ParentId == request).ToList();
        TestContext.Out.WriteLine($"{interruptions.Count} interruptions, {received.Count} messages received, {sent.Count} on iopub; "
            + $"the kernel dropped {Lines - TextOf(sent).Count(one => one == '\n')} of {Lines} lines");
        (throughProxy ? proxy.Cuts : interruptions.Count).Should().Be(Cuts);
        interruptions.Distinct().Should().HaveCountGreaterThan(Cuts / 3, "the cuts must be spread over the output");
        return (received, sent, repeatedThoughAnswered);

        // The first connection lasts long enough to send the request. Some connections end within the response to the upgrade request.
        long? NextCut() => issued++ switch
        {
            0 => 20_000,
            < Cuts => random.Next(10) == 0 ? random.Next(700) : random.Next(2 * meanBytesBetweenCuts),
            _ => null,
        };
    }

    private static bool IsEnd(ChannelMessage message) => message.Type == "stream" && ((string?)message.Content["text"])!.Contains("that was all");

    private static async Task<List<ChannelMessage>> ListenAsync(ChannelClient client, CancellationToken cancellationToken)
    {
        var messages = new List<ChannelMessage>();
        do messages.Add(await client.ReceiveAsync(cancellationToken));
        while (!IsEnd(messages[^1]));
        return messages;
    }

    private static Task<ChannelClient> ConnectAsync(
        Uri channels,
        ChannelWire wire,
        string session,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect,
        CancellationToken cancellationToken) =>
        ChannelClient.ConnectAsync(
            channels, wire, session, new Dictionary<string, string> { ["Authorization"] = $"token {Token}" }, connect, cancellationToken);

}
