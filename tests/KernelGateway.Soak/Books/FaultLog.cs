namespace KernelGateway.Soak.Books;

/// <summary>The faults of one context with their times. An end that no fault explains is a defect of the gateway.</summary>
internal sealed class FaultLog(TimeProvider time)
{
    // The time for which a dead kernel or an interrupt ladder still affects executions.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<FaultKind, long> _last = [];
    private readonly List<FaultKind> _held = [];

    /// <summary>Records a fault. Must be called before the fault happens, so that no end precedes it.</summary>
    public void Note(FaultKind kind)
    {
        lock (_gate) _last[kind] = time.GetTimestamp();
    }

    /// <summary>Records a fault that may happen at any time until the result is disposed, for example a time limit.</summary>
    public IDisposable Hold(FaultKind kind)
    {
        if (kind == FaultKind.None) return new Held(static () => { });
        lock (_gate) _held.Add(kind);
        return new Held(() =>
        {
            lock (_gate)
            {
                _held.Remove(kind);
                _last[kind] = time.GetTimestamp();
            }
        });
    }

    /// <summary>Returns the faults since shortly before a time.</summary>
    public FaultKind Since(long timestamp)
    {
        var faults = FaultKind.None;
        lock (_gate)
        {
            foreach (var kind in _held) faults |= kind;
            foreach (var (kind, at) in _last)
            {
                if (at > timestamp || time.GetElapsedTime(at, timestamp) < Aftermath) faults |= kind;
            }
        }

        return faults;
    }

    private sealed class Held(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
