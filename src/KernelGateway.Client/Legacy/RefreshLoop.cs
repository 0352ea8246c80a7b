namespace KernelGateway.Client.Legacy;

/// <summary>Keeps a sandbox alive while its client is open: every five seconds it is refreshed.</summary>
/// <remarks>
/// A refresh lets the sandbox live for at least 15 seconds more and never shortens its life. A sandbox whose client is closed or gone therefore
/// ends within 20 seconds, unless it was told to live longer.
/// </remarks>
internal sealed class RefreshLoop : IAsyncDisposable
{
    /// <summary>The time between two refreshes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<CancellationToken, Task<bool>> _refresh;
    private readonly PeriodicTimer _timer;
    private Task _running = Task.CompletedTask;
    private int _isStopped;

    private RefreshLoop(Func<CancellationToken, Task<bool>> refresh, TimeProvider time)
    {
        _refresh = refresh;
        _timer = new PeriodicTimer(Interval, time);
    }

    /// <summary>Starts one.</summary>
    /// <param name="refresh">Refreshes the sandbox and returns whether it still exists. A failure is tried again at the next time.</param>
    /// <param name="time">The clock.</param>
    public static RefreshLoop Start(Func<CancellationToken, Task<bool>> refresh, TimeProvider time)
    {
        var loop = new RefreshLoop(refresh, time);

        // It lives longer than the call that creates the sandbox.
        using (ExecutionContext.SuppressFlow()) loop._running = loop.RunAsync();
        return loop;
    }

    /// <summary>Stops it. A refresh that is on its way is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0) await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        using var timer = _timer;
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                if (!await TryRefreshAsync().ConfigureAwait(false)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // It was stopped.
        }
    }

    private async Task<bool> TryRefreshAsync()
    {
        try
        {
            return await _refresh(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The connection or the service may work again in five seconds; two refreshes may fail before the sandbox ends. Or it was stopped.
            return true;
        }
    }
}
