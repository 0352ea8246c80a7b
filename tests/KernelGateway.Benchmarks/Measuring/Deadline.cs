namespace KernelGateway.Benchmarks.Measuring;

/// <summary>Limits the wait for a measurement, whether or not the measurement observes its token.</summary>
internal static class Deadline
{
    /// <summary>Runs a measurement. When it does not end in time, cancels it and throws <see cref="TimeoutException"/>.</summary>
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

            // The measurement is no longer awaited, so its failure is ignored.
            _ = measuring.ContinueWith(
                static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }
}
