namespace KernelGateway.AspNetCore.Transport;

/// <summary>Limits the number of open connections. Further ones wait in the listen backlog.</summary>
/// <param name="limit">The limit; null for none.</param>
internal sealed class ConnectionSlots(long? limit) : IDisposable
{
    private readonly SemaphoreSlim? _free = limit is { } count ? new SemaphoreSlim((int)Math.Min(count, int.MaxValue)) : null;

    /// <summary>Takes a slot if one is free.</summary>
    public bool TryTake() => _free is null || _free.Wait(TimeSpan.Zero);

    /// <summary>Takes a slot when one becomes free.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task TakeAsync(CancellationToken cancellationToken) => _free?.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Releases a slot.</summary>
    public void Release()
    {
        try
        {
            _free?.Release();
        }
        catch (ObjectDisposedException)
        {
            // The server has stopped.
        }
    }

    public void Dispose() => _free?.Dispose();
}
