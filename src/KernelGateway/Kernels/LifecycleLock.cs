namespace KernelGateway.Kernels;

/// <summary>
/// The lock under which start, restart, each attempt of a recovery and shutdown of one kernel happen one at a time.
/// </summary>
#pragma warning disable CA1001 // A semaphore without a wait handle and a cancellation source without a timer need no disposal.
internal sealed class LifecycleLock
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Gets a token that fires when the kernel is shut down, so that the holder of the lock releases it soon.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Waits for the lock, which is held until the result is disposed.</summary>
    public async Task<IDisposable> AcquireAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Held(_semaphore);
    }

    public Task StopAsync() => _stopping.CancelAsync();

    private sealed class Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
