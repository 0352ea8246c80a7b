namespace KernelGateway.Executions;

/// <summary>Fires when it has not been restarted for a while, and at the latest some time after it was started first.</summary>
/// <param name="time">The clock.</param>
/// <param name="longest">The maximum delay by restarts: a thread or timer that prints for ever must not delay an end for
/// ever.</param>
/// <param name="elapsed">The callback, called on a thread of the clock.</param>
internal sealed class SilenceTimer(TimeProvider time, TimeSpan longest, Action elapsed) : IDisposable
{
    private ITimer? _timer;
    private long _began;

    public void Restart(TimeSpan silence)
    {
        if (_timer is null)
        {
            _began = time.GetTimestamp();
            _timer = time.CreateTimer(static state => ((Action)state!)(), elapsed, silence, Timeout.InfiniteTimeSpan);
            return;
        }

        var left = longest - time.GetElapsedTime(_began);
        if (left < TimeSpan.Zero) left = TimeSpan.Zero;
        _timer.Change(silence < left ? silence : left, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Restarts the silence, however often it was restarted: for output that has arrived and waits to be dispatched.
    /// </summary>
    public void Extend(TimeSpan silence) => _timer?.Change(silence, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer?.Dispose();
}
