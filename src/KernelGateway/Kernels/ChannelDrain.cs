namespace KernelGateway.Kernels;

/// <summary>Tells when everything that came over one channel before its connection was lost has been handed on.</summary>
/// <remarks>
/// The loop that reads a socket may be behind by a thousand messages when the process ends. These are the last words of the kernel, so
/// they are read to the end. Only the wait for a socket that shows no loss has a short limit.
/// </remarks>
internal sealed class ChannelDrain(CancellationToken closing) : IDisposable
{
    private readonly CancellationTokenSource _lost = CancellationTokenSource.CreateLinkedTokenSource(closing);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _begun;
    private long _handed;

    /// <summary>Gets a token that fires when the connection has been lost; what it brought waits in the socket's queue then.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Gets a value indicating whether a message is being handed on: what waits behind it is not silence of the kernel.</summary>
    public bool IsHandingOn => Interlocked.Read(ref _begun) != Interlocked.Read(ref _handed);

    public void OnLost() => _lost.Cancel();

    /// <summary>Notes that a message has been taken from the socket.</summary>
    public void Begin() => Interlocked.Increment(ref _begun);

    /// <summary>Notes that the message has been handed on.</summary>
    public void End() => Interlocked.Increment(ref _handed);

    /// <summary>Notes that nothing of what came before the loss is left.</summary>
    public void Complete() => _completed.TrySetResult();

    /// <summary>Waits until everything has been handed on.</summary>
    /// <param name="silence">For how long a connection that is not lost may bring nothing: a process that the kernel started may hold it open.</param>
    /// <param name="limit">How long to wait at most, should such a process go on sending.</param>
    /// <param name="time">The clock.</param>
    public async Task WaitAsync(TimeSpan silence, TimeSpan limit, TimeProvider time)
    {
        var start = time.GetTimestamp();
        long handedBefore;
        do
        {
            handedBefore = Interlocked.Read(ref _handed);
            try
            {
                await _completed.Task.WaitAsync(silence, time).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                // Silence counts only while no message is being handed on.
            }
        }
        while (HasMovedSince(handedBefore) && time.GetElapsedTime(start) < limit);
    }

    public void Dispose() => _lost.Dispose();

    private bool HasMovedSince(long handedBefore) => IsHandingOn || Interlocked.Read(ref _handed) != handedBefore;
}
