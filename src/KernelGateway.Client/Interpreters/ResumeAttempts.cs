namespace KernelGateway.Client.Interpreters;

/// <summary>When the next attempt to go on with a stream is made, and when the client gives up.</summary>
/// <remarks>The first attempt is made at once. The time begins with the first failure after a line was received.</remarks>
internal sealed class ResumeAttempts(StreamOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private long? _lostAt;
    private int _failures;

    /// <summary>Gets the newest failure.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Gets a value indicating whether there is time for another attempt.</summary>
    public bool MayContinue => _lostAt is not { } lostAt || time.GetElapsedTime(lostAt) < options.ResumeTimeout;

    /// <summary>Records that a line was received.</summary>
    public void Succeed()
    {
        _failures = 0;
        _lostAt = null;
    }

    /// <summary>Records that the connection was lost, or could not be made again.</summary>
    public void Fail(Exception failure)
    {
        Failure = failure;
        _failures++;
        _lostAt ??= time.GetTimestamp();
    }

    /// <summary>Waits until the next attempt.</summary>
    /// <exception cref="GatewayConnectionException">There is no time for another attempt.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (_failures == 0) return;
        if (!MayContinue)
        {
            throw new GatewayConnectionException(
                $"The connection was lost, and could not be made again within {options.ResumeTimeout.TotalSeconds:0.###} s: {Failure!.Message}", Failure);
        }

        if (_failures == 1) return;
        var delay = options.RetryDelay * Math.Pow(2, Math.Min(_failures - 2, 10));
        await Task.Delay(delay < LongestDelay ? delay : LongestDelay, time, cancellationToken).ConfigureAwait(false);
    }
}
