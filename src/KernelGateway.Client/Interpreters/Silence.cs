namespace KernelGateway.Client.Interpreters;

/// <summary>Cancels a read when nothing has come for too long.</summary>
internal sealed class Silence : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _expiry;
    private readonly CancellationTokenSource _either;

    public Silence(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _limit = limit;
        _expiry = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _expiry.Token);
    }

    /// <summary>Gets the token of a read.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Gets a value indicating whether nothing has come for too long.</summary>
    public bool IsTooLong => _expiry.IsCancellationRequested;

    /// <summary>Begins the time of a read.</summary>
    public void Begin() => _expiry.CancelAfter(_limit);

    public void Dispose()
    {
        _either.Dispose();
        _expiry.Dispose();
    }
}
