using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class CulledKernelTests(ServerSockets stack)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Clients_of_a_culled_kernel_get_the_reason(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        var context = server.Gateway.Contexts.Get(id);

        (await server.Gateway.Contexts.TryRetireAsync(context, evenBusy: false, "was culled after 60 s without activity")).Should().BeTrue();
        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that the kernel and the gateway send at the shutdown.
        }

        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        client.CloseReason.Should().Be("The context was culled after 60 s without activity.");
    }
}
