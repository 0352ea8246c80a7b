using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.FunctionalTests.Clients.Channels;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>.NET's own <see cref="ClientWebSocket"/>: starts a kernel by POST, sends one request, and reads messages until idle.</summary>
[RequiresKernel]
public sealed class ClientWebSocketTests : ServedTests
{
    [TestCase("Authorization", "token " + Token)]
    [TestCase("Authorization", "Bearer " + Token)]
    [TestCase("X-API-Key", Token)]
    [CancelAfter(120_000)]
    public async Task Code_runs_with_the_token_in_a_header(string header, string value, CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, ChannelWire.Legacy, "", new() { [header] = value }, cancellationToken);

        (await ResultOfAsync(client, "6 * 7", cancellationToken)).Should().Be("42");
    }

    [TestCase("v1")]
    [TestCase("legacy")]
    [CancelAfter(120_000)]
    public async Task Code_runs_with_the_token_in_the_query(string protocol, CancellationToken cancellationToken)
    {
        var wire = protocol == "v1" ? ChannelWire.V1 : ChannelWire.Legacy;
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, wire, $"?token={Token}", [], cancellationToken);

        client.Subprotocol.Should().Be(wire.Subprotocol);
        (await ResultOfAsync(client, "6 * 7", cancellationToken)).Should().Be("42");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Without_the_token_there_is_no_connection(CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);

        var connect = () => ConnectAsync(kernel, ChannelWire.Legacy, "?token=wrong", [], cancellationToken);

        await connect.Should().ThrowAsync<WebSocketException>().WithMessage("*401*");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task The_connections_of_a_kernel_are_counted(CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var one = await ConnectAsync(kernel, ChannelWire.Legacy, $"?token={Token}", [], cancellationToken);
        using var other = await ConnectAsync(kernel, ChannelWire.V1, $"?token={Token}", [], cancellationToken);

        ((int)(await kernel.ReadAsync(cancellationToken))["connections"]!).Should().Be(2);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Deleting_the_kernel_closes_the_connection(CancellationToken cancellationToken)
    {
        await using var kernel = await JupyterKernel.StartAsync(Server.Url, Token, cancellationToken);
        using var client = await ConnectAsync(kernel, ChannelWire.Legacy, $"?token={Token}", [], cancellationToken);
        await kernel.DeleteAsync(cancellationToken);

        var read = async () =>
        {
            while (true) await client.ReceiveAsync(cancellationToken);
        };

        await read.Should().ThrowAsync<WebSocketException>().WithMessage("*NormalClosure*");
    }

    private Task<ChannelClient> ConnectAsync(
        JupyterKernel kernel, ChannelWire wire, string query, Dictionary<string, string> headers, CancellationToken cancellationToken) =>
        ChannelClient.ConnectAsync(kernel.ChannelsAt(Server.Url, query), wire, Guid.NewGuid().ToString("N"), headers, null, cancellationToken);

    private static async Task<string?> ResultOfAsync(ChannelClient client, string code, CancellationToken cancellationToken)
    {
        string? result = null;
        var request = await client.ExecuteAsync(code, cancellationToken);
        while (true)
        {
            var message = await client.ReceiveAsync(cancellationToken);
            if (message.ParentId != request) continue;
            if (message.Type == "execute_result") result = (string?)message.Content["data"]!["text/plain"];
            if (message.IsIdle) return result;
        }
    }
}
