using FluentAssertions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Wire;
using KernelGateway.Transports;
using KernelGateway.Transports.Zmtp;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

public sealed class KernelConnectionTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task An_iopub_that_reconnects_does_not_stand_for_the_other_channels(CancellationToken cancellationToken)
    {
        const int Channels = 4;
        var info = new KernelConnectionInfo
        {
            Transport = KernelTransport.InProc,
            Ip = $"reconnecting-{Guid.NewGuid():N}",
            ShellPort = 1, IOPubPort = 2, StdinPort = 3, ControlPort = 4, HeartbeatPort = 5,
        };
        var connection = new KernelConnection(
            ZmtpChannelTransport.Instance.Open(info, new KernelChannelsOptions { RoutingId = "client" }),
            MessageSigner.Create(""),
            (_, _) => { },
            _ => { },
            NullLogger.Instance,
            TimeProvider.System);
        await using (connection)
        {
            for (var number = 1; number <= Channels; number++)
            {
                await using var publisher = new PublisherSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
                var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                publisher.ConnectionChanged += change =>
                {
                    if (change.Change == ZmtpConnectionChange.Connected) connected.TrySetResult();
                };
                var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                connection.Lost = _ => lost.TrySetResult();
                await publisher.BindAsync(info.GetEndpoint(KernelChannel.IOPub), cancellationToken);
                if (number == 1) connection.Open();
                await connected.Task.WaitAsync(cancellationToken);
                await publisher.DisposeAsync();
                await lost.Task.WaitAsync(cancellationToken);
            }

            connection.AllConnected.IsCompleted.Should().BeFalse();
        }
    }
}
