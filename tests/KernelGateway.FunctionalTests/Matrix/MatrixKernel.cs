namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>What one kernel is asked in the matrix, and what it is known to answer.</summary>
/// <remarks>A feature the kernel does not have is an <see cref="Absence"/>: the test then asserts what happens instead.</remarks>
internal sealed record MatrixKernel(string Name, string KernelSpec)
{
    /// <summary>Gets code that writes <c>out</c> on standard output.</summary>
    public required string PrintOut { get; init; }

    /// <summary>Gets code that writes <c>err</c> on standard error.</summary>
    public required string PrintErr { get; init; }

    /// <summary>Gets why standard error arrives on standard output; null when it does not.</summary>
    public string? StderrAbsence { get; init; }

    /// <summary>Gets what the value of <c>6 * 7</c> looks like as text.</summary>
    public string ValueText { get; init; } = "42";

    /// <summary>Gets how the value of the last expression is shown.</summary>
    public Shown Value { get; init; } = Shown.Result;

    /// <summary>Gets code that shows <c>&lt;b&gt;hi&lt;/b&gt;</c> or a value as HTML; null when there is no such thing.</summary>
    public string? Rich { get; init; }

    /// <summary>Gets why there is no rich display, and code that would show one.</summary>
    public Absence? RichAbsence { get; init; }

    /// <summary>Gets code that fails with the word <c>boom</c>.</summary>
    public required string Fail { get; init; }

    /// <summary>Gets why a failure is not reported as one; its text is on standard output then.</summary>
    public string? ErrorAbsence { get; init; }

    /// <summary>Gets code that keeps a value, and code that prints <c>kept 5</c> from it.</summary>
    public required (string Set, string Print) State { get; init; }

    /// <summary>Gets code that prints something as soon as it can, and then does not end.</summary>
    public required string Endless { get; init; }

    /// <summary>Gets a value indicating whether what it prints is seen while it runs; else its start is.</summary>
    public bool PrintsWhileItRuns { get; init; } = true;

    /// <summary>Gets why an interrupt costs the state; null when the state is kept.</summary>
    public string? InterruptAbsence { get; init; }

    /// <summary>Gets code that asks for a name and prints <c>got</c> and the name.</summary>
    public required string Ask { get; init; }

    /// <summary>Gets why nothing is asked; the code of <see cref="Ask"/> then ends by itself, or is ended by the test.</summary>
    public string? StdinAbsence { get; init; }

    /// <summary>Gets the beginning of a name, and the name that completes it.</summary>
    public required (string Beginning, string Name) Complete { get; init; }

    public string? CompleteAbsence { get; init; }

    /// <summary>Gets a name that can be inspected.</summary>
    public required string Inspect { get; init; }

    public string? InspectAbsence { get; init; }

    /// <summary>Gets why there is no history; null when it lists what ran.</summary>
    public string? HistoryAbsence { get; init; }

    /// <summary>Gets code that is not complete.</summary>
    public required string Incomplete { get; init; }

    public string? IsCompleteAbsence { get; init; }

    /// <summary>Gets code that prints the bytes of the variable <c>KGVAR</c>.</summary>
    public required string PrintBytes { get; init; }

    /// <summary>Gets how the bytes are printed.</summary>
    public Func<byte[], string> Bytes { get; init; } = Convert.ToHexStringLower;

    /// <summary>Gets code that prints <see cref="Unset"/> when the variable is not set.</summary>
    public required (string Code, string Text) Unset { get; init; }

    public string? ExecutionVariablesAbsence { get; init; }

    /// <summary>Gets code that prints the working directory.</summary>
    public required string PrintDirectory { get; init; }

    public string? DirectoryAbsence { get; init; }

    public override string ToString() => Name;
}
