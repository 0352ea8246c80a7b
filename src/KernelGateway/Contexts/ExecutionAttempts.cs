namespace KernelGateway.Contexts;

/// <summary>The attempts to run one execution.</summary>
/// <remarks>
/// A kernel may abort a request before it begins with it; the code is then sent again. The time limit counts from the first time
/// that the code was sent, so that attempts do not prolong it. The runner goes from one attempt to the next; receive loops ask
/// whether there may be one.
/// </remarks>
/// <param name="timeLimit">The time limit of the execution; null for none.</param>
/// <param name="time">The clock.</param>
internal sealed class ExecutionAttempts(TimeSpan? timeLimit, TimeProvider time)
{
    private const int MaxAttempts = 3;
    private const long NotSent = long.MinValue;

    private static readonly TimeSpan AbortPause = TimeSpan.FromMilliseconds(250);

    private long _firstSentAt = NotSent;
    private int _number = 1;

    /// <summary>Gets the number of the present attempt, from 1.</summary>
    public int Number => Volatile.Read(ref _number);

    /// <summary>Gets how long to wait before the next attempt.</summary>
    /// <remarks>The kernel is still emptying its queue after an error or an interrupt, and soon done with that.</remarks>
    public TimeSpan Pause => AbortPause * Math.Min(Number, MaxAttempts);

    /// <summary>Gets what is left of the time limit; null when there is none.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            if (timeLimit is not { } limit) return null;
            var sentAt = Volatile.Read(ref _firstSentAt);
            var left = sentAt == NotSent ? limit : limit - time.GetElapsedTime(sentAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Notes that the code is sent now. Only the first time counts.</summary>
    public void NoteSent() => Interlocked.CompareExchange(ref _firstSentAt, time.GetTimestamp(), NotSent);

    /// <summary>Returns whether a request that the kernel aborted is sent again.</summary>
    /// <param name="othersFailed">
    /// Whether code of other clients has failed since the request was sent; it is then always sent again.
    /// </param>
    public bool MayFollow(bool othersFailed) => (Number < MaxAttempts || othersFailed) && TimeLeft != TimeSpan.Zero;

    /// <summary>Goes to the next attempt.</summary>
    public void Next() => Interlocked.Increment(ref _number);
}
