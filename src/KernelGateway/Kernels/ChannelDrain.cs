namespace KernelGateway.Kernels;

/// <summary>Signals when every message that arrived on one channel before its connection was lost has been dispatched.</summary>
/// <remarks>
/// The loop that reads a socket may be behind by a thousand messages when the process ends. They are the last output of the
/// kernel, so they are read to the end. Only the wait for a socket that shows no loss has a short limit.
/// </remarks>
internal sealed class ChannelDrain(CancellationToken closing) : IDisposable
{
    private readonly CancellationTokenSource _lost = CancellationTokenSource.CreateLinkedTokenSource(closing);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _begun;
    private long _dispatched;

    /// <summary>
    /// Gets a token that fires when the connection has been lost; the messages that it delivered are then in the socket's queue.
    /// </summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// Gets a value indicating whether a message is being dispatched; messages that wait in the queue are not silence of the
    /// kernel.
    /// </summary>
    public bool IsDispatching => Interlocked.Read(ref _begun) != Interlocked.Read(ref _dispatched);

    public void OnLost() => _lost.Cancel();

    /// <summary>Records that a message has been taken from the socket.</summary>
    public void Begin() => Interlocked.Increment(ref _begun);

    /// <summary>Records that the message has been dispatched.</summary>
    public void End() => Interlocked.Increment(ref _dispatched);

    /// <summary>Records that no message from before the loss is left.</summary>
    public void Complete() => _completed.TrySetResult();

    /// <summary>Waits until everything has been dispatched.</summary>
    /// <param name="silence">How long a connection that is not lost may deliver nothing: a process that the kernel started may
    /// hold it open.</param>
    /// <param name="limit">The maximum time to wait if such a process continues to send.</param>
    /// <param name="time">The clock.</param>
    public async Task WaitAsync(TimeSpan silence, TimeSpan limit, TimeProvider time)
    {
        var start = time.GetTimestamp();
        long dispatchedBefore;
        do
        {
            dispatchedBefore = Interlocked.Read(ref _dispatched);
            try
            {
                await _completed.Task.WaitAsync(silence, time).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                // Silence counts only while no message is being dispatched.
            }
        }
        while (HasMovedSince(dispatchedBefore) && time.GetElapsedTime(start) < limit);
    }

    public void Dispose() => _lost.Dispose();

    private bool HasMovedSince(long dispatchedBefore) => IsDispatching || Interlocked.Read(ref _dispatched) != dispatchedBefore;
}
