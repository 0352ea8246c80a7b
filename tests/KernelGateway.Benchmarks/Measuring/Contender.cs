namespace KernelGateway.Benchmarks.Measuring;

/// <summary>One side of a comparison.</summary>
/// <param name="Name">The name in the table.</param>
/// <param name="RunAsync">Does the work a number of times and returns one sample for each, in the quantity of the row.</param>
internal sealed record Contender(string Name, Func<int, CancellationToken, Task<double[]>> RunAsync)
{
    /// <summary>Returns the same contender with samples in bytes per second instead of seconds.</summary>
    public Contender AsRate(double bytes) =>
        new(Name, async (count, token) => Array.ConvertAll(await RunAsync(count, token), seconds => bytes / seconds));
}
