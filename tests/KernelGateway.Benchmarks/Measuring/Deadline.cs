namespace KernelGateway.Benchmarks.Measuring;

/// <summary>Bounds how long a measurement is waited for, whether or not it obeys its token.</summary>
internal static class Deadline
{
    /// <summary>Runs a measurement; throws <see cref="TimeoutException"/> when it has not ended in time, and cancels it then.</summary>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> measure, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var measuring = measure(stop.Token);
        try
        {
            return await measuring.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException) when (!measuring.IsCompleted)
        {
            await stop.CancelAsync();

            // It is no longer awaited; a failure now has no meaning.
            _ = measuring.ContinueWith(
                static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }
}
