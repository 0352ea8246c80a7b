namespace KernelGateway.Kernels;

/// <summary>Lets start, restart, each attempt of a recovery and shutdown of one kernel happen one at a time.</summary>
#pragma warning disable CA1001 // Neither a semaphore without a wait handle nor a source of cancellation without a timer has anything to dispose of.
internal sealed class KernelTurn
#pragma warning restore CA1001
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
