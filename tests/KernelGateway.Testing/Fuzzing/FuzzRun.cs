using System.Globalization;
using System.Text;

namespace KernelGateway.Testing.Fuzzing;

/// <summary>Tries many generated inputs on a piece of code and reports how to generate the first failing input again.</summary>
/// <remarks>
/// Input n of a seed is always the same, whatever inputs were generated before it. An input fails when the code throws, takes more steps than
/// the size of the input allows, or allocates more memory than that. Elapsed time is not checked, because it depends on the machine.
/// </remarks>
public sealed class FuzzRun
{
    /// <summary>The environment variable that selects another seed.</summary>
    public const string SeedVariable = "KERNELGATEWAY_FUZZ_SEED";

    private const int DefaultSeed = 20_170_427;
    private const int ShownBytes = 6_000;

    // For smaller inputs the allocation per byte would be meaningless.
    private const int SmallInput = 1_000;

    private readonly TextWriter _output;

    /// <summary>Prepares a run with the seed from the environment, or with the default seed.</summary>
    /// <param name="output">Receives the seed at the start and the totals at the end.</param>
    public FuzzRun(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        var chosen = Environment.GetEnvironmentVariable(SeedVariable);
        Seed = string.IsNullOrEmpty(chosen) ? DefaultSeed : int.Parse(chosen, CultureInfo.InvariantCulture);
    }

    /// <summary>Gets the seed.</summary>
    public int Seed { get; }

    /// <summary>Gets the number of bytes that any input may allocate.</summary>
    /// <value>Bytes. Default 256 KiB: objects that are created once, on first use, count for the input that happens to come first.</value>
    public long FixedBytes { get; init; } = 256 * 1024;

    /// <summary>Gets the number of bytes that may be allocated for each byte of the input.</summary>
    /// <value>Bytes. Default 64.</value>
    public int BytesPerByte { get; init; } = 64;

    /// <summary>Gets the number of steps that any input may take, and the number of steps for each byte.</summary>
    /// <value>Default 64 and 4.</value>
    public (int Fixed, int PerByte) Steps { get; init; } = (64, 4);

    /// <summary>Generates inputs and tries each.</summary>
    /// <typeparam name="T">The type of the inputs.</typeparam>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="make">Generates one input from the given random numbers only.</param>
    /// <param name="bytes">Returns the bytes of an input. They determine its size and are shown when it fails.</param>
    /// <param name="exercise">Tries one input and returns the number of steps that it took.</param>
    /// <param name="cancellationToken">Ends the run between two inputs.</param>
    /// <exception cref="FuzzFailureException">An input made the code fail.</exception>
    public void Try<T>(
        int inputs, Func<Random, T> make, Func<T, IEnumerable<ReadOnlyMemory<byte>>> bytes, Func<T, long> exercise,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(exercise);
        Announce(inputs);
        var largest = 0L;
        var worst = 0L;
        for (var number = 0; number < inputs; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var input = make(CreateRandom(number));
            var size = bytes(input).Sum(part => (long)part.Length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var steps = exercise(input);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                largest = Math.Max(largest, allocated);
                worst = Math.Max(worst, allocated / Math.Max(size, SmallInput));
                CheckSteps(steps, size);
                Check("bytes allocated", allocated, FixedBytes + BytesPerByte * size);
            }
            catch (Exception exception)
            {
                throw Failure(number, bytes(input), exception);
            }
        }

        _output.WriteLine($"{inputs} inputs tried; the most that one of them allocated is {largest} bytes, or {worst} for a byte.");
    }

    /// <summary>Generates inputs and tries each on asynchronous code. Allocations are not checked, because the code changes threads.</summary>
    /// <typeparam name="T">The type of the inputs.</typeparam>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="make">Generates one input from the given random numbers only.</param>
    /// <param name="bytes">Returns the bytes of an input.</param>
    /// <param name="exercise">Tries one input and returns the number of steps that it took.</param>
    /// <param name="cancellationToken">Ends the run between two inputs.</param>
    /// <returns>A task that ends when all inputs have been tried.</returns>
    /// <exception cref="FuzzFailureException">An input made the code fail.</exception>
    public async Task TryAsync<T>(
        int inputs, Func<Random, T> make, Func<T, IEnumerable<ReadOnlyMemory<byte>>> bytes, Func<T, Task<long>> exercise,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(exercise);
        Announce(inputs);
        for (var number = 0; number < inputs; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var input = make(CreateRandom(number));
            try
            {
                CheckSteps(await exercise(input), bytes(input).Sum(part => (long)part.Length));
            }
            catch (Exception exception)
            {
                throw Failure(number, bytes(input), exception);
            }
        }

        _output.WriteLine($"{inputs} inputs tried.");
    }

    private void Announce(int inputs) => _output.WriteLine($"{inputs} inputs of seed {Seed}; {SeedVariable} chooses another.");

    private void CheckSteps(long steps, long size) => Check("steps", steps, Steps.Fixed + Steps.PerByte * size);

    private FuzzFailureException Failure(int number, IEnumerable<ReadOnlyMemory<byte>> parts, Exception cause) =>
        new($"Input {number} of seed {Seed}: {cause.Message}\n{Show(parts)}", cause);

    private static void Check(string what, long actual, long limit)
    {
        if (actual > limit) throw new InvalidOperationException($"{actual} {what}; the limit for its size is {limit}.");
    }

    private static string Show(IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        var text = new StringBuilder("Its parts in base64:");
        foreach (var part in parts)
        {
            text.Append('\n').Append(Convert.ToBase64String(part.Span[..Math.Min(part.Length, ShownBytes)]));
            if (part.Length > ShownBytes) text.Append(CultureInfo.InvariantCulture, $" and {part.Length - ShownBytes} bytes more");
        }

        return text.ToString();
    }

    // Random gives similar first numbers for neighbouring seeds. The multiplication spreads the seeds.
    private Random CreateRandom(int number) => new(unchecked((int)(((uint)Seed * 0x9E3779B1u) ^ ((uint)number * 0x85EBCA6Bu))));
}
