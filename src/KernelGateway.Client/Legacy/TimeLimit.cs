namespace KernelGateway.Client.Legacy;

/// <summary>Runs a call with a limit on its time, as each call of this vocabulary has one.</summary>
/// <param name="time">The clock.</param>
internal sealed class TimeLimit(TimeProvider time)
{
    /// <summary>The limit of a call for which none was given.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    /// <summary>Runs a call.</summary>
    /// <param name="what">What takes the time, as the subject of a sentence.</param>
    /// <param name="timeout">The limit; null for the default one, <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="TimeoutException">The limit was reached.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is zero or negative.</exception>
    public async Task<T> RunAsync<T>(
        string what, TimeSpan? timeout, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        if (timeout is { } given && given <= TimeSpan.Zero && given != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), given, "A time limit is above zero, or Timeout.InfiniteTimeSpan for none.");
        using var limit = new CancellationTokenSource(timeout ?? Default, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{what} took longer than {(timeout ?? Default).TotalSeconds:0.###} seconds.", exception);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(string what, TimeSpan? timeout, Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        RunAsync<object?>(
            what,
            timeout,
            async token =>
            {
                await call(token).ConfigureAwait(false);
                return null;
            },
            cancellationToken);
}
