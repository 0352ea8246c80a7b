namespace KernelGateway.Logging;

/// <summary>
/// Logs events that clients or kernels can cause repeatedly: the first occurrence at once, the following ones as a count per
/// interval.
/// </summary>
/// <typeparam name="TKey">
/// The kind of an occurrence: an enumeration, or one of a few constants of the gateway. It is never a value from outside.
/// </typeparam>
/// <param name="write">
/// Writes one line: the kind, the detail of the last occurrence (escaped and cut), and the number of occurrences of the line.
/// </param>
/// <param name="time">The clock.</param>
/// <remarks>The counts of all lines add up to the number of occurrences. There is no timer while nothing occurs.</remarks>
internal sealed class RateLimitedLog<TKey>(Action<TKey, string, long> write, TimeProvider time)
    where TKey : notnull
{
    /// <summary>How long occurrences are counted before the next line.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Dictionary<TKey, Occurrences> _counting = [];   // Guarded by _gate, as the two below.
    private ITimer? _timer;
    private bool _isClosed;

    /// <summary>Notes one occurrence.</summary>
    /// <param name="key">Its kind.</param>
    /// <param name="detail">The detail, as it came from outside; null for none.</param>
    public void Add(TKey key, string? detail = null)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            if (_counting.TryGetValue(key, out var occurrences))
            {
                occurrences.Count++;
                occurrences.Detail = detail;
                return;
            }

            _counting.Add(key, new Occurrences());
            if (_counting.Count == 1) StartTimer();
        }

        write(key, OutsideText.Escape(detail), 1);
    }

    /// <summary>Writes the counts that are not yet in the log. Later occurrences are not logged.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            _timer?.Dispose();
        }

        WriteCounts();
    }

    // Under the gate.
    private void StartTimer()
    {
        if (_timer is not null)
        {
            _timer.Change(Interval, Timeout.InfiniteTimeSpan);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((RateLimitedLog<TKey>)state!).WriteCounts(), this, Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private void WriteCounts()
    {
        Dictionary<TKey, Occurrences> counted;
        lock (_gate)
        {
            counted = _counting;
            _counting = [];

            // A kind that was just written continues to be counted; a kind that did not occur during the interval is written at
            // once the next time.
            foreach (var key in counted.Where(one => one.Value.Count > 0).Select(one => one.Key)) _counting.Add(key, new Occurrences());
            if (_counting.Count > 0 && !_isClosed) StartTimer();
        }

        foreach (var (key, occurrences) in counted)
        {
            if (occurrences.Count == 0) continue;
            try
            {
                write(key, OutsideText.Escape(occurrences.Detail), occurrences.Count);
            }
            catch (Exception)
            {
                // An exception of the logger would end the process on the timer's thread, and cannot be logged elsewhere.
            }
        }
    }

    private sealed class Occurrences
    {
        public long Count { get; set; }

        public string? Detail { get; set; }
    }
}
