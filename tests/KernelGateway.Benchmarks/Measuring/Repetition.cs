namespace KernelGateway.Benchmarks.Measuring;

/// <summary>How often a row is measured.</summary>
/// <param name="WarmUp">How many times each contender works before anything counts.</param>
/// <param name="Rounds">How many rounds there are; in each every contender has its turn.</param>
/// <param name="Count">How many times a contender works in its turn.</param>
internal sealed record Repetition(int WarmUp, int Rounds, int Count)
{
    /// <summary>Gets the clock that the deadlines of turns run by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long one turn of a contender may take; the longest that was ever measured took a twentieth of it.</summary>
    public static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(60);

    /// <summary>Lets the contenders take turns, A B A B, so that what happens to the machine happens to all of them.</summary>
    /// <remarks>A contender that does not finish a turn in time has no more turns; the others go on.</remarks>
    public async Task<Row> RunAsync(
        string title, Quantity quantity, Contender[] contenders, Target[] targets, CancellationToken cancellationToken)
    {
        var samples = contenders.Select(contender => new Samples(contender.Name)).ToArray();
        for (var i = 0; i < contenders.Length && WarmUp > 0; i++) await TakeTurnAsync(contenders[i], WarmUp, samples[i], counts: false, cancellationToken);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++) await TakeTurnAsync(contenders[i], Count, samples[i], counts: true, cancellationToken);
        }

        return new Row(title, quantity, samples, targets);
    }

    private async Task TakeTurnAsync(Contender contender, int count, Samples samples, bool counts, CancellationToken cancellationToken)
    {
        if (samples.IsGivenUp) return;
        try
        {
            var times = await Deadline.RunAsync(token => contender.RunAsync(count, token), TurnLimit, Time, cancellationToken);
            if (counts) samples.Add(times);
        }
        catch (TimeoutException)
        {
            samples.IsGivenUp = true;
        }
    }
}
