namespace KernelGateway.Benchmarks.Measuring;

/// <summary>The number of measurements of a row.</summary>
/// <param name="WarmUp">The number of unmeasured repetitions of each contender before the first round.</param>
/// <param name="Rounds">The number of rounds. Each contender has one turn in each round.</param>
/// <param name="Count">The number of repetitions in one turn.</param>
internal sealed record Repetition(int WarmUp, int Rounds, int Count)
{
    /// <summary>Gets the clock for the deadlines of turns.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The limit for one turn of a contender. The longest measured turn took a twentieth of it.</summary>
    public static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(60);

    /// <summary>Lets the contenders take turns, A B A B, so that a disturbance of the machine affects all of them.</summary>
    /// <remarks>A contender that does not finish a turn in time gets no further turns. The others continue.</remarks>
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
