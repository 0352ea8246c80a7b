namespace KernelGateway.Soak.Books;

/// <summary>What was done to one context, and when: an end that nothing explains is a fault of the gateway.</summary>
internal sealed class FaultLog(TimeProvider time)
{
    // A kernel that died, or the ladder of an interrupt, is felt for a while after.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<FaultKind, long> _last = [];
    private readonly List<FaultKind> _held = [];

    /// <summary>Notes a fault. Called before it is done, so that no end can come first.</summary>
    public void Note(FaultKind kind)
    {
        lock (_gate) _last[kind] = time.GetTimestamp();
    }

    /// <summary>Notes a fault that may happen at any moment until the result is disposed: a time limit, code that ends its kernel.</summary>
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

    /// <summary>Gives what was done since shortly before a moment.</summary>
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
