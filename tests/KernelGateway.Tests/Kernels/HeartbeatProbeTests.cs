using FluentAssertions;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using KernelGateway.Transports.Zmtp;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

public sealed class HeartbeatProbeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Test]
    [CancelAfter(30_000)]
    public async Task A_ping_whose_connection_ends_before_the_echo_is_sent_again(CancellationToken cancellationToken)
    {
        var options = new ZmtpSocketOptions { Linger = TimeSpan.Zero };
        var former = new ReplySocket(options);
        var endpoint = await former.BindAsync("tcp://127.0.0.1:*", cancellationToken);
        var port = new Uri(endpoint).Port;
        var info = new KernelConnectionInfo { Ip = "127.0.0.1", HeartbeatPort = port, ShellPort = 1, ControlPort = 2, StdinPort = 3, IOPubPort = 4, Key = "k" };
        await using var channels = ZmtpChannelTransport.Instance.Open(info, new KernelChannelsOptions { RoutingId = "client" });
        var asking = HeartbeatProbe.IsAliveAsync(channels.PingAsync, Limit, TimeProvider.System, cancellationToken);
        using (await former.ReceiveAsync(cancellationToken))
        {
            await former.DisposeAsync();
        }

        await using var successor = new ReplySocket(options);
        await successor.BindAsync(endpoint, cancellationToken);
        using var ping = await successor.ReceiveAsync(cancellationToken);
        await successor.SendAsync([ping[0].ToArray()], cancellationToken);

        (await asking).Should().BeTrue();
    }
}
