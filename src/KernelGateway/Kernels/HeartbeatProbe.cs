using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Kernels;

/// <summary>Asks a kernel's heartbeat once whether somebody is there. Jupyter messaging 5.x, Heartbeat for kernels.</summary>
internal static class HeartbeatProbe
{
    /// <summary>Says whether an echo came in time; false also when the token fires before.</summary>
    public static async Task<bool> IsAliveAsync(KernelConnectionInfo info, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new RequestSocket(new ZmtpSocketOptions { TimeProvider = time, Linger = TimeSpan.Zero });
        await using (socket.ConfigureAwait(false))
        {
            using var deadline = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            try
            {
                socket.Connect(info.GetEndpoint(KernelChannel.Heartbeat));
                await socket.SendAsync([new byte[] { (byte)'p', (byte)'i', (byte)'n', (byte)'g' }], either.Token).ConfigureAwait(false);
                using var echo = await socket.ReceiveAsync(either.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
