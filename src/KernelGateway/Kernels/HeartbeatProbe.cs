using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Kernels;

/// <summary>Asks a kernel's heartbeat once whether somebody is there. Jupyter messaging 5.x, Heartbeat for kernels.</summary>
internal static class HeartbeatProbe
{
    public static async Task<bool> IsAliveAsync(KernelConnectionInfo info, TimeSpan limit, TimeProvider time)
    {
        var socket = new RequestSocket(new ZmtpSocketOptions { TimeProvider = time, Linger = TimeSpan.Zero });
        await using (socket.ConfigureAwait(false))
        {
            using var deadline = new CancellationTokenSource(limit, time);
            try
            {
                socket.Connect(info.GetEndpoint(KernelChannel.Heartbeat));
                await socket.SendAsync([new byte[] { (byte)'p', (byte)'i', (byte)'n', (byte)'g' }], deadline.Token).ConfigureAwait(false);
                using var echo = await socket.ReceiveAsync(deadline.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }
}
