using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// A client without <c>last_message_id</c> that loses its connection a hundred times while a kernel prints 1,000 lines a second.
/// Prints how many messages it lost and how many it received twice. These are the measurements in
/// docs/decisions/003-socket-transport.md.
/// </summary>
/// <param name="kestrelSockets">Whether the server uses Kestrel's own socket transport.</param>
[RequiresKernel]
[TestFixture(false)]
[TestFixture(true, Category = "EveryVariant")]
public sealed class ReconnectingClientTests(bool kestrelSockets) : ServedTests(kestrelSockets ? ["--kestrel-sockets"] : [])
{
    private const int Reconnects = 100;
    private const int MeanLinesBetweenCuts = 100;
    private const int Lines = Reconnects * MeanLinesBetweenCuts * 3 / 2;
    private const int BytesPerLine = 600;

    // Prints one line per millisecond without drift. After a late line the next one follows at once.
    private static readonly string Code = $"""
        import time
        start = time.perf_counter()
        for i in range({Lines}):
            time.sleep(max(0, start + i / 1000 - time.perf_counter()))
            print('line', i, flush=True)
        print('seconds', time.perf_counter() - start)
        """;

    /// <summary>The way in which the connection of the client ends.</summary>
    public enum Ending
    {
        /// <summary>A reset after whole messages, as when the client process is killed.</summary>
        ResetBetweenMessages,

        /// <summary>A reset at any byte, as when the network fails.</summary>
        ResetAtAnyByte,

        /// <summary>The client drops the connection without a close frame and connects again.</summary>
        Aborted,

        /// <summary>
        /// The client sends a close frame and does not wait for the answer, as JupyterLab does when it reconnects.
        /// </summary>
        Closed,
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_at_1000_lines_a_second([Values] Ending ending, CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var undisturbed = await ConnectAsync("", null);
        var received = new List<ChannelMessage>();
        var repeatedAfterReconnect = new List<int>();
        var known = new HashSet<string>();
        string? request = null;
        while (!received.Exists(message => message.IsIdle && message.ParentId == request))
        {
            CutStream connection = null!;
            var isLast = repeatedAfterReconnect.Count >= Reconnects;
            var lines = isLast ? int.MaxValue : random.Next(1, 2 * MeanLinesBetweenCuts);
            long? bytes = ending == Ending.ResetAtAnyByte && !isLast ? (lines * BytesPerLine) + random.Next(BytesPerLine) : null;
            using var client = await ConnectAsync(
                "?session_id=reconnecting",
                async (context, token) => connection = await CutStream.OpenAsync(context.DnsEndPoint, bytes, token));
            if (ending == Ending.ResetBetweenMessages && !isLast) connection.CutWhenReceived(lines);
            request ??= await client.ExecuteAsync(Code, cancellationToken);
            var repeated = 0;
            try
            {
                for (var count = 0; count < lines || ending is Ending.ResetAtAnyByte or Ending.ResetBetweenMessages; count++)
                {
                    var message = await client.ReceiveAsync(cancellationToken);
                    if (message.ParentId != request) continue;
                    received.Add(message);
                    if (!known.Add(message.Id)) repeated++;
                    if (isLast && message.IsIdle) break;
                }

                if (ending == Ending.Closed && !isLast) await client.CloseOutputAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is WebSocketException or IOException && connection.WasCut)
            {
                // The test has cut the connection.
            }

            repeatedAfterReconnect.Add(repeated);
        }

        var sent = new List<ChannelMessage>();
        while (!sent.Exists(message => message.IsIdle && message.ParentId == request))
        {
            sent.Add(await undisturbed.ReceiveAsync(cancellationToken));
        }

        var sentIds = sent.Where(message => message.ParentId == request).Select(message => message.Id).ToList();
        var lost = sentIds.Except(known).Count();
        TestContext.Out.WriteLine(
            $"{ending}, {(Arguments.Count == 0 ? "draining sockets" : "Kestrel's sockets")}: {repeatedAfterReconnect.Count - 1} reconnects, "
            + $"{sentIds.Count} messages, {lost} lost, {repeatedAfterReconnect.Sum()} received twice, "
            + $"at most {repeatedAfterReconnect.Max()} after one reconnect, "
            + $"after {repeatedAfterReconnect.Count(count => count > 1)} reconnects more than one; "
            + $"{sent.LastOrDefault(message => message.Type == "stream")?.Content["text"]} seed {seed}");
        lost.Should().Be(0);
        received.Where(message => message.Channel == "iopub").Select(message => message.Id).Distinct()
            .Should().Equal(sentIds, "the messages arrive in order");

        Task<ChannelClient> ConnectAsync(string query, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect) =>
            ChannelClient.ConnectAsync(
                kernel.ChannelsAt(Server.Url, query),
                ChannelWire.V1,
                "reconnecting",
                new Dictionary<string, string> { ["Authorization"] = $"token {Token}" },
                connect,
                cancellationToken);
    }
}
