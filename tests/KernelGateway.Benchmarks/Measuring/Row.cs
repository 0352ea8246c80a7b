namespace KernelGateway.Benchmarks.Measuring;

/// <summary>One measured row of the comparison.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Quantity">The quantity of the samples.</param>
/// <param name="Contenders">The samples, those of the gateway first.</param>
/// <param name="Targets">The targets of the row.</param>
internal sealed record Row(string Title, Quantity Quantity, IReadOnlyList<Samples> Contenders, IReadOnlyList<Target> Targets)
{
    public Samples Ours => Contenders[0];

    /// <summary>Gets what the reader of the row must know; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Returns the value that a target limits: the median of the gateway, or the median of the ratios of the rounds.</summary>
    public double ValueFor(Target target) =>
        target.Reference == 0 ? Ours.Median() : Samples.Percentile(Ours.RatiosTo(Contenders[target.Reference]), 50);

    public bool IsReached(Target target) => target.IsReached(ValueFor(target));
}
