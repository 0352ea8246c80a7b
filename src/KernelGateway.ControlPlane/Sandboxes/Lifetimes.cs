namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Finds the sandboxes whose lifetime is over, on time and also after the machine was suspended.</summary>
/// <remarks>One timer is set to the earliest end, and to a second from now at most: timers stand still in a suspended machine.</remarks>
internal sealed class Lifetimes : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<IEnumerable<Sandbox>> _sandboxes;
    private readonly Action<Sandbox> _end;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isDisposed;   // Guarded by _gate.

    /// <summary>Creates it with the timer stopped.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="sandboxes">Returns the sandboxes.</param>
    /// <param name="end">Begins the end of one whose lifetime is over; it returns at once.</param>
    public Lifetimes(TimeProvider time, Func<IEnumerable<Sandbox>> sandboxes, Action<Sandbox> end)
    {
        _time = time;
        _sandboxes = sandboxes;
        _end = end;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((Lifetimes)state!).EndThoseThatAreDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Returns the time by the clock that measures lifetimes.</summary>
    public static TimeSpan Now(TimeProvider time) => time.GetElapsedTime(0, time.GetTimestamp());

    /// <summary>Sets the timer again after an end has changed.</summary>
    public void Reschedule()
    {
        var earliest = _sandboxes()
            .Where(sandbox => sandbox.State == SandboxState.Running)
            .Select(sandbox => (TimeSpan?)sandbox.Record.Deadline)
            .Min();
        lock (_gate)
        {
            if (_isDisposed) return;
            if (earliest is not { } deadline)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            // A timer of zero would fire on this thread with a manual clock, and one in the past is an error.
            var wait = deadline - Now(_time);
            var least = TimeSpan.FromMilliseconds(1);
            _timer.Change(wait < least ? least : wait > LongestWait ? LongestWait : wait, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
    }

    private void EndThoseThatAreDue()
    {
        var now = Now(_time);
        foreach (var sandbox in _sandboxes())
        {
            if (sandbox.State == SandboxState.Running && sandbox.Record.Deadline <= now) _end(sandbox);
        }

        Reschedule();
    }
}
