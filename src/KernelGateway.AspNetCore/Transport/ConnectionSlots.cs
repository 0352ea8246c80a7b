namespace KernelGateway.AspNetCore.Transport;

/// <summary>Bounds how many connections are open at once. Others wait to be accepted, in the system's queue.</summary>
/// <param name="limit">How many; null for any number.</param>
internal sealed class ConnectionSlots(long? limit) : IDisposable
{
    private readonly SemaphoreSlim? _free = limit is { } count ? new SemaphoreSlim((int)Math.Min(count, int.MaxValue)) : null;

    /// <summary>Takes a slot if one is free.</summary>
    public bool TryTake() => _free is null || _free.Wait(TimeSpan.Zero);

    /// <summary>Takes a slot when one becomes free.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task TakeAsync(CancellationToken cancellationToken) => _free?.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Gives a slot back.</summary>
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
