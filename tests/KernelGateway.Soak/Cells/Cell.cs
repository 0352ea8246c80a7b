namespace KernelGateway.Soak.Cells;

/// <summary>Code that prints unique lines: its token and a number that counts from 1.</summary>
/// <param name="Token">The text with which each line begins.</param>
/// <param name="Kind">The behaviour of the code.</param>
/// <param name="Lines">The number of lines; null when it prints until it is stopped.</param>
/// <param name="Code">The code in the language of the kernel.</param>
internal sealed record Cell(string Token, CellKind Kind, int? Lines, string Code)
{
    /// <summary>The beginning of every token, by which lines of other executions are recognised.</summary>
    public const string TokenPrefix = "soak-";

    /// <summary>Gets the time limit of the code; null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets whether the code runs until it is stopped.</summary>
    public bool NeedsStop => Kind is CellKind.Endless or CellKind.Sleeps or CellKind.Stubborn;
}
