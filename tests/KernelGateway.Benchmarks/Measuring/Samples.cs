namespace KernelGateway.Benchmarks.Measuring;

/// <summary>What one contender measured, round by round.</summary>
internal sealed class Samples(string contender)
{
    private readonly List<double[]> _rounds = [];

    public string Contender { get; } = contender;

    public int Rounds => _rounds.Count;

    /// <summary>Gets or sets a value indicating whether the contender missed the deadline of a turn and takes none any more.</summary>
    public bool IsGivenUp { get; set; }

    public void Add(double[] round) => _rounds.Add(round);

    /// <summary>Gives the median of one round.</summary>
    public double MedianOf(int round) => Percentile(_rounds[round], 50);

    /// <summary>Gives the median over the rounds' medians: a round in which the machine was busy moves it little.</summary>
    public double Median() => Percentile([.. _rounds.Select(round => Percentile(round, 50))], 50);

    /// <summary>Gives a percentile over all samples.</summary>
    public double Percentile(double percent) => Percentile([.. _rounds.SelectMany(round => round)], percent);

    /// <summary>Gives the ratios to another contender, round by round, in ascending order: what both met in a round cancels out.</summary>
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
