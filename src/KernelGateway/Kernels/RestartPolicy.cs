namespace KernelGateway.Kernels;

/// <summary>Decides whether, and how long after a failure, a kernel that died is started again.</summary>
/// <remarks>
/// A death counts, and so does a process that did not become ready; an attempt that could not start a process does not use up
/// <see cref="KernelOptions.MaxRestarts"/>. The first restart follows at once, the others after growing pauses.
/// </remarks>
internal sealed class RestartPolicy(KernelOptions options)
{
    private const int MaxDoublings = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(40);

    private readonly Lock _gate = new();
    private int _deaths;            // In a row. Guarded by _gate, as the one below.
    private int _failedAttempts;    // Attempts since the last death that started no process.

    /// <summary>Gets a value indicating whether another process may be started.</summary>
    public bool AllowsRestart
    {
        get
        {
            lock (_gate) return _deaths <= options.MaxRestarts;
        }
    }

    /// <summary>Gets a value indicating whether starting has failed so often that waiters are notified.</summary>
    public bool HasFailedOften
    {
        get
        {
            lock (_gate) return _failedAttempts >= options.MaxRestarts;
        }
    }

    /// <summary>Gets how long to wait before the next attempt.</summary>
    public TimeSpan Pause
    {
        get
        {
            int former;
            lock (_gate) former = _deaths - 1 + _failedAttempts;
            if (former <= 0) return TimeSpan.Zero;
            var pause = FirstPause * Math.Pow(2, Math.Min(former - 1, MaxDoublings));
            return pause < MaxPause ? pause : MaxPause;
        }
    }

    /// <summary>
    /// Records that code ran to its end, or that the kernel lived long: the next death is the first in a row again.
    /// </summary>
    public void NoteProgress()
    {
        lock (_gate) _deaths = _failedAttempts = 0;
    }

    public void NoteDeath()
    {
        lock (_gate)
        {
            _deaths++;
            _failedAttempts = 0;
        }
    }

    public void NoteFailedAttempt()
    {
        lock (_gate) _failedAttempts++;
    }
}
