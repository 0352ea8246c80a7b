namespace KernelGateway.Soak;

/// <summary>A simulated client or fault: does one thing after another, chosen by its own random numbers, until the load ends.</summary>
/// <param name="name">The name in the findings.</param>
/// <param name="state">What all share.</param>
/// <param name="pause">How long it rests between steps, at most.</param>
internal abstract class Actor(string name, SoakState state, TimeSpan pause)
{
    protected SoakState State { get; } = state;

    /// <summary>Gets its random numbers. The same seed gives each actor the same choices; how they meet is up to the machine.</summary>
    protected Random Random { get; } = new(HashCode(name, state.Seed));

    /// <summary>Gets who does this and in which step, to find it in a second run.</summary>
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
                // Noted where it was waited for.
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

    // string.GetHashCode differs from process to process.
    private static int HashCode(string text, int seed) => text.Aggregate(seed, (hash, character) => unchecked(hash * 31 + character));
}
