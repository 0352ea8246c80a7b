using System.Globalization;

namespace KernelGateway.Soak;

/// <summary>The command line.</summary>
internal sealed record SoakOptions
{
    public const string Usage = """
        usage: KernelGateway.Soak [--minutes N] [--seed S] [--keep]

        Runs the gateway under random load and faults, then checks the books.

          --minutes N   how long the load lasts (default 2); the quiet time at the end comes on top
          --seed S      the seed of all random choices (default: taken from the clock, and printed)
          --keep        keeps the work directory with the server's log

        Exit codes: 0 the books balance, 1 they do not, 2 the run could not be started.
        """;

    public TimeSpan Load { get; init; } = TimeSpan.FromMinutes(2);

    public int Seed { get; init; } = Environment.TickCount & 0xFFFFFF;

    public bool KeepsFiles { get; init; }

    /// <summary>Gets the quiet time at the end before memory, descriptors and threads are compared.</summary>
    public TimeSpan Quiet => TimeSpan.FromSeconds(75);

    /// <exception cref="SoakException">An argument is unknown or has an impossible value.</exception>
    public static SoakOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new SoakOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--minutes" when ++i < arguments.Length => options with { Load = TimeSpan.FromMinutes(Number(arguments[i])) },
                "--seed" when ++i < arguments.Length => options with { Seed = (int)Number(arguments[i]) },
                "--keep" => options with { KeepsFiles = true },
                var unknown => throw new SoakException($"'{unknown}' is not understood.{Environment.NewLine}{Usage}"),
            };
        }

        return options;
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < int.MaxValue
            ? number
            : throw new SoakException($"'{text}' is not a number.{Environment.NewLine}{Usage}");
}
