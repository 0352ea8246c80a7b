namespace KernelGateway.Soak.Cells;

/// <summary>Code that prints lines that no other cell prints: its token and a number that counts from 1.</summary>
/// <param name="Token">What begins each line.</param>
/// <param name="Kind">What the code does.</param>
/// <param name="Lines">How many lines it prints; null when it prints until it is stopped.</param>
/// <param name="Code">The code, in the kernel's language.</param>
internal sealed record Cell(string Token, CellKind Kind, int? Lines, string Code)
{
    /// <summary>What every token begins with, so that a line of another execution is recognised.</summary>
    public const string TokenPrefix = "soak-";

    /// <summary>Gets how long the code may run; null for no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets a value indicating whether the code runs until something stops it.</summary>
    public bool NeedsStop => Kind is CellKind.Endless or CellKind.Sleeps or CellKind.Stubborn;
}
