using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Testing.Logging;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class ChannelHubTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task Faults_are_counted_without_the_services_of_a_host_that_has_been_disposed(CancellationToken cancellationToken)
    {
        var log = new LogCollector();
        var asked = 0;
        KernelChannels channels;
        await using (var server = await GatewayServer.StartAsync())
        {
            var hub = new ChannelHub(
                new KernelChannelOptions(),
                TimeProvider.System,
                log.CreateLogger("test"),
                () =>
                {
                    asked++;
                    return server.Gateway;
                });
            var first = server.Gateway.Contexts.Get(await server.Client.CreateContextAsync(cancellationToken));
            var second = server.Gateway.Contexts.Get(await server.Client.CreateContextAsync(cancellationToken));
            channels = hub.GetChannels(first.Kernel);
            hub.GetChannels(second.Kernel).Resources.Should().BeSameAs(channels.Resources);
        }

        channels.Resources.Faults.Dropped(WebSocketDropReason.UnknownChannel, "mine");

        asked.Should().Be(1);
        (await log.WaitForAsync(5303, cancellationToken)).Message.Should().Contain("'mine'");
    }
}
