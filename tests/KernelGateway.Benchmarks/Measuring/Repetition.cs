namespace KernelGateway.Benchmarks.Measuring;

/// <summary>How often a row is measured.</summary>
/// <param name="WarmUp">How many times each contender works before anything counts.</param>
/// <param name="Rounds">How many rounds there are; in each every contender has its turn.</param>
/// <param name="Count">How many times a contender works in its turn.</param>
internal sealed record Repetition(int WarmUp, int Rounds, int Count)
{
    /// <summary>Lets the contenders take turns, A B A B, so that what happens to the machine happens to all of them.</summary>
    public async Task<Row> RunAsync(
        string title, Quantity quantity, Contender[] contenders, Target[] targets, CancellationToken cancellationToken)
    {
        var samples = contenders.Select(contender => new Samples(contender.Name)).ToArray();
        if (WarmUp > 0)
        {
            foreach (var contender in contenders) await contender.RunAsync(WarmUp, cancellationToken);
        }

        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++) samples[i].Add(await contenders[i].RunAsync(Count, cancellationToken));
        }

        return new Row(title, quantity, samples, targets);
    }
}
