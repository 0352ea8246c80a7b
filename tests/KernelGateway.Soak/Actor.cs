namespace KernelGateway.Soak;

/// <summary>A simulated client or source of faults. It performs random steps until the load ends.</summary>
/// <param name="name">The name in the findings.</param>
/// <param name="state">The state that all actors share.</param>
/// <param name="pause">The longest pause between two steps.</param>
internal abstract class Actor(string name, SoakState state, TimeSpan pause)
{
    protected SoakState State { get; } = state;

    /// <summary>Gets the random numbers of this actor. The same seed gives the same choices; the timing between actors is not reproducible.</summary>
    protected Random Random { get; } = new(HashCode(name, state.Seed));

    /// <summary>Gets the name of the actor and the step, with which a finding can be reproduced.</summary>
    protected string Origin => $"{name} step {_step} of seed {State.Seed}";

    private int _step;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            _step++;
            try
            {
                await StepAsync();
            }
            catch (HungException)
            {
                // The watch has already reported it.
            }
            catch (Exception exception)
            {
                State.Findings.AddException(Origin, exception);
            }

            await Task.Delay(pause * Random.NextDouble(), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    protected abstract Task StepAsync();

    protected bool Chance(double probability) => Random.NextDouble() < probability;

    protected TimeSpan UpTo(double seconds) => TimeSpan.FromSeconds(seconds * Random.NextDouble());

    // string.GetHashCode differs between processes.
    private static int HashCode(string text, int seed) => text.Aggregate(seed, (hash, character) => unchecked(hash * 31 + character));
}
