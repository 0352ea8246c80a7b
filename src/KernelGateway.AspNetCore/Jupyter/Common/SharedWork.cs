namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Does a piece of work once for all who ask for it at the same time.</summary>
/// <remarks>It goes on while anybody waits for it, and is cancelled when the last one has stopped waiting.</remarks>
internal sealed class SharedWork<T>(StringComparer keys)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Work> _underWay = new(keys);

    /// <summary>Joins the work that is under way under this key, or begins it.</summary>
    /// <param name="key">What the work is about.</param>
    /// <param name="begin">Begins it; its token fires when nobody waits any more, or when it is stopped.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">The token fired, or the work was stopped.</exception>
    public async Task<T> RunAsync(string key, Func<CancellationToken, Task<T>> begin, CancellationToken cancellationToken)
    {
        Work work;
        while (!TryJoin(key, begin, out work))
        {
            // Given up, and not over yet: what is to be begun could meet what is left of it.
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

    /// <summary>Cancels the work under this key, whoever waits for it, and waits until it is over.</summary>
    /// <returns>True when there was such work and it came to nothing.</returns>
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

        // It belongs to all who wait: nothing of the first one's request goes with it.
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

            // Everybody may have gone.
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

        // Both guarded by the gate.
        public int Waiters { get; set; }

        public bool IsGivenUp { get; set; }
    }
}
