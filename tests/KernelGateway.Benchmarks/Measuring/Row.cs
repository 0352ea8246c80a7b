namespace KernelGateway.Benchmarks.Measuring;

/// <summary>One row of the comparison, measured.</summary>
/// <param name="Title">What was done.</param>
/// <param name="Quantity">What the samples are.</param>
/// <param name="Contenders">The samples; ours first.</param>
/// <param name="Targets">What is to be reached.</param>
internal sealed record Row(string Title, Quantity Quantity, IReadOnlyList<Samples> Contenders, IReadOnlyList<Target> Targets)
{
    public Samples Ours => Contenders[0];

    /// <summary>Gives what a target judges: the median of ours, or the median of the ratios of the rounds.</summary>
    public double ValueFor(Target target) =>
        target.Reference == 0 ? Ours.Median() : Samples.Percentile(Ours.RatiosTo(Contenders[target.Reference]), 50);

    public bool IsReached(Target target) => target.IsReached(ValueFor(target));
}
