using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Kernels;

/// <summary>Sends one heartbeat to find out whether a kernel is alive. Jupyter messaging 5.x, Heartbeat for kernels.</summary>
internal static class HeartbeatProbe
{
    // The pause between attempts at an address whose connections end at once.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // An echo has as many bytes as the ping; there may be an envelope around it.
    private const int MaxEchoBytes = 1024;

    private static readonly ReadOnlyMemory<byte>[] Ping = ["ping"u8.ToArray()];

    /// <summary>Returns whether an echo arrived in time; false also when the token fires before.</summary>
    /// <remarks>
    /// A ping that was sent over a connection that has ended is never answered. It is sent again: the current listener may be
    /// another process than the one that accepted it.
    /// </remarks>
    public static async Task<bool> IsAliveAsync(KernelConnectionInfo info, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!await TryPingAsync(info, time, either.Token).ConfigureAwait(false))
            {
                await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // False when the connection ended before the echo.
    private static async Task<bool> TryPingAsync(KernelConnectionInfo info, TimeProvider time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var socket = new RequestSocket(new ZmtpSocketOptions { TimeProvider = time, Linger = TimeSpan.Zero, MaxMessageBytes = MaxEchoBytes });
        await using (socket.ConfigureAwait(false))
        {
            socket.ConnectionChanged += change =>
            {
                if (change.Change == ZmtpConnectionChange.Lost) EndPing();
            };
            try
            {
                socket.Connect(info.GetEndpoint(KernelChannel.Heartbeat));
                await socket.SendAsync(Ping, ended.Token).ConfigureAwait(false);
                using var echo = await socket.ReceiveAsync(ended.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        void EndPing()
        {
            try
            {
                ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The socket is being disposed: the ping has ended.
            }
        }
    }
}
