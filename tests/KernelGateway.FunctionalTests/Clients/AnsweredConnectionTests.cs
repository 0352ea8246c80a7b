using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>A client whose connection is reset a hundred times, each time after it has answered the pings after all received messages.</summary>
[RequiresKernel]
public sealed class AnsweredConnectionTests : ServedTests
{
    private const int Cuts = 100;

    // A cell produces busy, input, these lines, idle and the reply. The connection is cut somewhere among them.
    private const int LinesPerCell = 12;

    private static readonly Dictionary<string, string> Headers = new() { ["Authorization"] = $"token {Token}" };

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_or_repeated_when_the_client_only_comes_back(string protocol, CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var wire = protocol == "v1" ? ChannelWire.V1 : ChannelWire.Legacy;
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var undisturbed = await ChannelClient.ConnectAsync(
            kernel.ChannelsAt(Server.Url, ""), wire, "undisturbed", Headers, null, cancellationToken);

        var received = new List<ChannelMessage>();
        var requests = new List<string>();
        CutStream connection = null!;
        var client = await ConnectAsync();
        while (requests.Count <= Cuts)
        {
            if (requests.Count < Cuts) connection.CutWhenAnswered(random.Next(1, LinesPerCell));
            requests.Add(await client.ExecuteAsync($"for i in range({LinesPerCell}): print('line', i, flush=True)", cancellationToken));
            if (requests.Count <= Cuts)
            {
                var receiving = async () =>
                {
                    while (true) await ReceiveAsync();
                };
                await receiving.Should().ThrowAsync<WebSocketException>();
                connection.WasCut.Should().BeTrue();
                client.Dispose();
                client = await ConnectAsync();
            }

            while (!HasEnded(received, requests[^1])) await ReceiveAsync();
        }

        client.Dispose();
        var sent = new List<ChannelMessage>();
        while (!sent.Exists(message => message.IsIdle && message.ParentId == requests[^1])) sent.Add(await undisturbed.ReceiveAsync(cancellationToken));

        received.Where(message => message.Channel == "iopub").Select(message => message.Id)
            .Should().Equal(sent.Where(message => requests.Contains(message.ParentId!)).Select(message => message.Id));
        received.Where(message => message.Channel == "shell").Select(message => message.ParentId).Should().Equal(requests);

        async Task ReceiveAsync()
        {
            var message = await client.ReceiveAsync(cancellationToken);
            if (requests.Contains(message.ParentId!)) received.Add(message);
        }

        Task<ChannelClient> ConnectAsync() => ChannelClient.ConnectAsync(
            kernel.ChannelsAt(Server.Url, "?session_id=answering"),
            wire,
            "answering",
            Headers,
            async (context, token) => connection = await CutStream.OpenAsync(context.DnsEndPoint, bytes: null, token),
            cancellationToken);
    }

    // The reply and the idle status arrive in either order.
    private static bool HasEnded(List<ChannelMessage> received, string request) =>
        received.Exists(message => message.Channel == "shell" && message.ParentId == request)
        && received.Exists(message => message.IsIdle && message.ParentId == request);
}
