using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>A client whose connection is reset a hundred times in the middle of output, at whatever byte, and that comes back each time.</summary>
[RequiresKernel]
public sealed class BrokenConnectionTests
{
    private const string Token = "token-of-the-gateway";
    private const int Cuts = 100;
    private const int Lines = 12_000;

    // About what one line takes on the wire, and with it how far apart the cuts are: all of them happen well before the end.
    private const int BytesPerLine = 600;
    private const int MeanBytesBetweenCuts = Lines * BytesPerLine / Cuts / 3;

    private readonly List<ChannelMessage> _messages = [];
    private int _cuts;

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_or_repeated_when_the_client_says_which_was_its_last(string protocol, CancellationToken cancellationToken)
    {
        await RunAsync(WireOf(protocol), saysLast: true, throughProxy: false, cancellationToken);
        ShouldHaveComeOnceAndInOrder(_messages);
    }

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_or_repeated_behind_a_proxy_that_resets(string protocol, CancellationToken cancellationToken)
    {
        await RunAsync(WireOf(protocol), saysLast: true, throughProxy: true, cancellationToken);
        ShouldHaveComeOnceAndInOrder(_messages);
    }

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(240_000)]
    public async Task No_message_is_lost_when_the_client_only_comes_back(string protocol, CancellationToken cancellationToken)
    {
        await RunAsync(WireOf(protocol), saysLast: false, throughProxy: false, cancellationToken);
        var first = _messages.DistinctBy(message => message.Id).ToList();
        TestContext.Out.WriteLine($"{_messages.Count - first.Count} messages came again, {first.Count} there were");
        ShouldHaveComeOnceAndInOrder(first);
    }

    private static ChannelWire WireOf(string protocol) => protocol == "v1" ? ChannelWire.V1 : ChannelWire.Legacy;

    private static void ShouldHaveComeOnceAndInOrder(IReadOnlyList<ChannelMessage> messages)
    {
        messages.Select(message => message.Id).Should().OnlyHaveUniqueItems();
        var iopub = messages.Where(message => message.Channel == "iopub").ToList();
        iopub[0].Type.Should().Be("status");
        iopub[1].Type.Should().Be("execute_input");
        iopub[^1].IsIdle.Should().BeTrue();
        iopub.Skip(2).SkipLast(1).Should().OnlyContain(message => message.Type == "stream");
        var output = iopub.Skip(2).SkipLast(1).Aggregate(new StringBuilder(), (text, message) => text.Append((string?)message.Content["text"]));
        output.ToString().Should().Be(string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i}\n")));
        messages.Where(message => message.Channel != "iopub").Should().ContainSingle()
            .Which.Content.Should().ContainKey("status").WhoseValue!.ToString().Should().Be("ok");
    }

    private async Task RunAsync(ChannelWire wire, bool saysLast, bool throughProxy, CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var issued = 0;
        await using var server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token }, cancellationToken, "--warm", "none");
        await using var kernel = await JupyterKernel.StartAsync(server.Url, Token, cancellationToken);
        await using var proxy = new CuttingProxy(server.Url, NextCut);
        proxy.Start();

        var session = Guid.NewGuid().ToString("N");
        string? request = null, last = null;
        bool replied = false, idle = false;
        while (!replied || !idle)
        {
            CutStream? connection = null;
            try
            {
                var query = $"?session_id={session}" + (saysLast && last is not null ? $"&last_message_id={Uri.EscapeDataString(last)}" : "");
                using var client = await ChannelClient.ConnectAsync(
                    kernel.ChannelsAt(throughProxy ? proxy.Url : server.Url, query),
                    wire,
                    session,
                    new Dictionary<string, string> { ["Authorization"] = $"token {Token}" },
                    throughProxy ? null : async (context, token) => connection = await OpenAsync(context.DnsEndPoint, NextCut(), token),
                    cancellationToken);
                client.Subprotocol.Should().Be(wire.Subprotocol);
                request ??= await client.ExecuteAsync($"for i in range({Lines}): print('line', i, flush=True)", cancellationToken);
                while (!replied || !idle)
                {
                    var message = await client.ReceiveAsync(cancellationToken);
                    last = message.Id;
                    if (message.ParentId != request) continue;
                    _messages.Add(message);
                    replied |= message.Type == "execute_reply";
                    idle |= message.IsIdle;
                }
            }
            catch (Exception exception) when (exception is WebSocketException or IOException && (throughProxy || connection is { WasCut: true }))
            {
                _cuts++;
            }
        }

        TestContext.Out.WriteLine($"{_cuts} interruptions, {_messages.Count} messages");
        (throughProxy ? proxy.Cuts : _cuts).Should().Be(Cuts, "the server was to be tried that often before the end");

        // The first connection lives long enough for the request to get through; some end within the answer to the upgrade.
        long? NextCut() => issued++ switch
        {
            0 => 20_000,
            < Cuts => random.Next(10) == 0 ? random.Next(700) : random.Next(2 * MeanBytesBetweenCuts),
            _ => null,
        };
    }

    private static async Task<CutStream> OpenAsync(System.Net.DnsEndPoint server, long? cut, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return new CutStream(socket, cut ?? long.MaxValue);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
