namespace KernelGateway.Logging;

/// <summary>Logs what outsiders can cause as often as they like: the first occurrence at once, the following ones as a count per interval.</summary>
/// <typeparam name="TKey">
/// What tells kinds of occurrences apart: an enumeration, or one of a few constants of the gateway. It never comes from outside.
/// </typeparam>
/// <param name="write">
/// Writes one line: the kind, what the last occurrence was about (escaped and cut), and for how many occurrences the line stands.
/// </param>
/// <param name="time">The clock.</param>
/// <remarks>The counts of all lines add up to the number of occurrences. There is no timer while nothing occurs.</remarks>
internal sealed class RateLimitedLog<TKey>(Action<TKey, string, long> write, TimeProvider time)
    where TKey : notnull
{
    /// <summary>How long the occurrences behind a line are counted before the next line.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Dictionary<TKey, Occurrences> _counting = [];   // Guarded by _gate, as the two below.
    private ITimer? _timer;
    private bool _isClosed;

    /// <summary>Notes one occurrence.</summary>
    /// <param name="key">Its kind.</param>
    /// <param name="detail">What it was about, as it came from outside; null for nothing.</param>
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

    /// <summary>Writes what has been counted and is not yet in the log. Later occurrences are not logged.</summary>
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

            // What has just been written counts on; what did not occur during the interval is written at once when it does.
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
                // A logger that throws would end the process on the timer's thread, and there is nowhere else to say so.
            }
        }
    }

    private sealed class Occurrences
    {
        public long Count { get; set; }

        public string? Detail { get; set; }
    }
}
