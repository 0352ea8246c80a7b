namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The samples of one contender, grouped by round.</summary>
internal sealed class Samples(string contender)
{
    private readonly List<double[]> _rounds = [];

    public string Contender { get; } = contender;

    public int Rounds => _rounds.Count;

    /// <summary>Gets or sets whether the contender missed the deadline of a turn and gets no further turns.</summary>
    public bool IsGivenUp { get; set; }

    public void Add(double[] round) => _rounds.Add(round);

    /// <summary>Returns the median of one round.</summary>
    public double MedianOf(int round) => Percentile(_rounds[round], 50);

    /// <summary>Returns the median of the medians of the rounds. One round on a busy machine changes it little.</summary>
    public double Median() => Percentile([.. _rounds.Select(round => Percentile(round, 50))], 50);

    /// <summary>Returns a percentile over all samples.</summary>
    public double Percentile(double percent) => Percentile([.. _rounds.SelectMany(round => round)], percent);

    /// <summary>Returns the ratios to another contender per round, in ascending order. A disturbance of both in a round cancels out.</summary>
    public double[] RatiosTo(Samples other)
    {
        var ratios = new double[Math.Min(Rounds, other.Rounds)];
        for (var round = 0; round < ratios.Length; round++) ratios[round] = MedianOf(round) / other.MedianOf(round);
        Array.Sort(ratios);
        return ratios;
    }

    public static double Percentile(double[] values, double percent)
    {
        if (values.Length == 0) return double.NaN;
        var sorted = values.Order().ToArray();
        var position = percent / 100 * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
    }
}
