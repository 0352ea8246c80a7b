namespace KernelGateway.Kernels;

/// <summary>Sends one heartbeat to find out whether a kernel is alive. Jupyter messaging 5.x, Heartbeat for kernels.</summary>
internal static class HeartbeatProbe
{
    // The pause between attempts at an address whose connections end at once.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns whether an echo arrived in time; false also when the token fires before.</summary>
    /// <param name="ping">Sends a ping; false when its connection ended before the echo.</param>
    /// <param name="limit">The time the kernel has.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>
    /// A ping that was sent over a connection that has ended is never answered. It is sent again: the current listener may be
    /// another process than the one that accepted it.
    /// </remarks>
    public static async Task<bool> IsAliveAsync(
        Func<CancellationToken, Task<bool>> ping, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!await ping(either.Token).ConfigureAwait(false))
            {
                await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
            }

            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }
}
