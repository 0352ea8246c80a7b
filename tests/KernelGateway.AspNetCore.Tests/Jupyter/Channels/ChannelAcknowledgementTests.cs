using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>
/// Tests that need pongs, or the memory reservation for a message that is being received. Only the gateway's own WebSocket supports both.
/// </summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public sealed class ChannelAcknowledgementTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Messages_of_disconnected_clients_are_dropped_when_memory_is_short(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var memory = server.Gateway.Memory;
        var away = await ConnectAsync(server, id, "session_id=away", cancellationToken);
        var request = await away.ExecuteAsync("wait gate\nprint " + new string('x', 1_000_000), cancellationToken);
        await away.ReceiveUntilAsync(message => TypeOf(message) == "execute_input", cancellationToken);
        away.Kill();
        away.Dispose();
        await DisconnectedAsync(server, "away", cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release("gate");
        using var client = await ConnectAsync(server, id, "session_id=here", cancellationToken);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("print behind it", cancellationToken), cancellationToken);
        memory.UsedBytes.Should().BeGreaterThan(1_000_000);

        memory.Reserve(memory.LimitBytes / 4 * 3);
        await client.ReceiveAnswersAsync(await client.ExecuteAsync("print again", cancellationToken), cancellationToken);

        (memory.UsedBytes - (memory.LimitBytes / 4 * 3)).Should().BeLessThan(500_000);
        using var back = await ConnectAsync(server, id, "session_id=away", cancellationToken);
        var rest = await back.ReceiveAnswersAsync(request, cancellationToken);
        Streams(rest).Should().Contain(text => text!.Contains("messages of output") && text.Contains("were dropped here"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_message_for_which_there_is_no_memory_closes_its_connection_only(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        using var other = await ConnectAsync(server, id, "session_id=other", cancellationToken);
        var memory = server.Gateway.Memory;
        memory.Reserve(memory.LimitBytes - 100_000);

        await client.SendTextAsync(new string(' ', 1_000_000), cancellationToken);
        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that were sent before the close frame.
        }

        ((int?)client.CloseStatus).Should().Be(1009);
        client.CloseReason.Should().Contain("no memory");
        Streams(await other.ReceiveAnswersAsync(await other.ExecuteAsync("print small", cancellationToken), cancellationToken)).Should().Equal("small\n");
    }
}
