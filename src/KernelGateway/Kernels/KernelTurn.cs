namespace KernelGateway.Kernels;

/// <summary>Lets start, restart, each attempt of a recovery and shutdown of one kernel happen one at a time.</summary>
internal sealed class KernelTurn
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Gets a token that fires when the kernel is shut down: whoever has the turn then gives it up soon.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Waits for the turn, and has it until the result is disposed.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
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
