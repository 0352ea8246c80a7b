namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Runs work once for all callers that request it at the same time.</summary>
/// <remarks>The work continues while a caller waits for it, and is cancelled when the last one stops waiting.</remarks>
internal sealed class SharedWork<T>(StringComparer keys)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Work> _underWay = new(keys);

    /// <summary>Joins the running work of this key, or starts it.</summary>
    /// <param name="key">The key of the work.</param>
    /// <param name="begin">Starts the work; its token is cancelled when no caller waits any more, or the work is stopped.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the work was stopped.</exception>
    public async Task<T> RunAsync(string key, Func<CancellationToken, Task<T>> begin, CancellationToken cancellationToken)
    {
        Work work;
        while (!TryJoin(key, begin, out work))
        {
            // Cancelled and not finished yet: new work must not overlap with it.
            await ((Task)work.Result.Task).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        try
        {
            return await work.Result.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(work);
        }
    }

    /// <summary>Cancels the work of this key, even while callers wait for it, and waits until it has ended.</summary>
    /// <returns>True when there was such work and it did not complete.</returns>
    public async Task<bool> StopAsync(string key)
    {
        Work? work;
        lock (_gate)
        {
            if (!_underWay.TryGetValue(key, out work)) return false;
            work.IsGivenUp = true;
        }

        await work.Cancellation.CancelAsync();
        await ((Task)work.Result.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !work.Result.Task.IsCompletedSuccessfully;
    }

    private bool TryJoin(string key, Func<CancellationToken, Task<T>> begin, out Work work)
    {
        lock (_gate)
        {
            if (_underWay.TryGetValue(key, out var present))
            {
                work = present;
                if (!work.IsGivenUp) work.Waiters++;
                return !work.IsGivenUp;
            }

            work = new Work { Waiters = 1 };
            _underWay.Add(key, work);
        }

        // The work belongs to all callers, so it does not run in the execution context of the first one.
        var begun = work;
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => DoAsync(key, begun, begin));
        return true;
    }

    private async Task DoAsync(string key, Work work, Func<CancellationToken, Task<T>> begin)
    {
        try
        {
            var result = await begin(work.Cancellation.Token);
            Forget(key);
            work.Result.SetResult(result);
        }
        catch (OperationCanceledException)
        {
            Forget(key);
            work.Result.SetCanceled(CancellationToken.None);
        }
        catch (Exception exception)
        {
            Forget(key);
            work.Result.SetException(exception);

            // All callers may have stopped waiting.
            _ = work.Result.Task.Exception;
        }
    }

    private void Forget(string key)
    {
        lock (_gate) _underWay.Remove(key);
    }

    private void Leave(Work work)
    {
        lock (_gate)
        {
            if (--work.Waiters > 0) return;
            work.IsGivenUp = true;
        }

        if (!work.Result.Task.IsCompleted) work.Cancellation.Cancel();
    }

    private sealed class Work
    {
        public CancellationTokenSource Cancellation { get; } = new();

        public TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // Both are guarded by _gate.
        public int Waiters { get; set; }

        public bool IsGivenUp { get; set; }
    }
}
