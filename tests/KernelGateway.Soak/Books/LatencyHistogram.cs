namespace KernelGateway.Soak.Books;

/// <summary>Counts durations in buckets that are 10 % wide.</summary>
internal sealed class LatencyHistogram
{
    private const double Growth = 1.1;
    private const double SmallestMilliseconds = 0.1;

    private readonly long[] _classes = new long[200];

    public long Count => _classes.Sum();

    public void Add(TimeSpan duration)
    {
        var position = Math.Log(Math.Max(duration.TotalMilliseconds / SmallestMilliseconds, 1)) / Math.Log(Growth);
        Interlocked.Increment(ref _classes[Math.Min((int)position, _classes.Length - 1)]);
    }

    /// <summary>Returns the duration in milliseconds that the given fraction of all durations does not exceed.</summary>
    public double Percentile(double part)
    {
        var wanted = (long)Math.Ceiling(Count * part);
        var seen = 0L;
        for (var i = 0; i < _classes.Length; i++)
        {
            seen += _classes[i];
            if (seen >= wanted && seen > 0) return SmallestMilliseconds * Math.Pow(Growth, i + 1);
        }

        return 0;
    }
}
