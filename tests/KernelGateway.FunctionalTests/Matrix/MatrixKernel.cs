namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>The code that the matrix runs on one kernel, and the expected answers.</summary>
/// <remarks>A feature that the kernel does not have is an <see cref="Absence"/>. The test then asserts what happens instead.</remarks>
internal sealed record MatrixKernel(string Name, string KernelSpec)
{
    /// <summary>Gets code that writes <c>out</c> on standard output.</summary>
    public required string PrintOut { get; init; }

    /// <summary>Gets code that writes <c>err</c> on standard error.</summary>
    public required string PrintErr { get; init; }

    /// <summary>Gets why standard error arrives as standard output; null when it does not.</summary>
    public string? StderrAbsence { get; init; }

    /// <summary>Gets the text of the value of <c>6 * 7</c>.</summary>
    public string ValueText { get; init; } = "42";

    /// <summary>Gets how the value of the last expression is shown.</summary>
    public Shown Value { get; init; } = Shown.Result;

    /// <summary>Gets code that shows <c>&lt;b&gt;hi&lt;/b&gt;</c> or a value as HTML; null when the kernel cannot.</summary>
    public string? Rich { get; init; }

    /// <summary>Gets why the kernel has no rich display, and code that would use it.</summary>
    public Absence? RichAbsence { get; init; }

    /// <summary>Gets code that fails with the word <c>boom</c>.</summary>
    public required string Fail { get; init; }

    /// <summary>Gets why a failure is not reported as one. Its text is then on standard output.</summary>
    public string? ErrorAbsence { get; init; }

    /// <summary>Gets code that stores a value, and code that prints <c>kept 5</c> from it.</summary>
    public required (string Set, string Print) State { get; init; }

    /// <summary>Gets code that prints something at once and then does not end.</summary>
    public required string Endless { get; init; }

    /// <summary>Gets whether output of running code arrives at once. If not, the tests wait for the start of the code.</summary>
    public bool PrintsWhileItRuns { get; init; } = true;

    /// <summary>Gets why an interrupt loses the state; null when the state is kept.</summary>
    public string? InterruptAbsence { get; init; }

    /// <summary>Gets code that asks for a name and prints <c>got</c> and the name.</summary>
    public required string Ask { get; init; }

    /// <summary>Gets why no input is requested. The code of <see cref="Ask"/> then ends by itself or is ended by the test.</summary>
    public string? StdinAbsence { get; init; }

    /// <summary>Gets the beginning of a name, and the name that the kernel must complete it to.</summary>
    public required (string Beginning, string Name) Complete { get; init; }

    public string? CompleteAbsence { get; init; }

    /// <summary>Gets a name that can be inspected.</summary>
    public required string Inspect { get; init; }

    public string? InspectAbsence { get; init; }

    /// <summary>Gets why there is no history; null when the history lists the executed code.</summary>
    public string? HistoryAbsence { get; init; }

    /// <summary>Gets incomplete code.</summary>
    public required string Incomplete { get; init; }

    public string? IsCompleteAbsence { get; init; }

    /// <summary>Gets code that prints the bytes of the variable <c>KGVAR</c>.</summary>
    public required string PrintBytes { get; init; }

    /// <summary>Gets the format in which the bytes are printed.</summary>
    public Func<byte[], string> Bytes { get; init; } = Convert.ToHexStringLower;

    /// <summary>Gets code that prints <see cref="Unset"/> when the variable is not set.</summary>
    public required (string Code, string Text) Unset { get; init; }

    public string? ExecutionVariablesAbsence { get; init; }

    /// <summary>Gets code that prints the working directory.</summary>
    public required string PrintDirectory { get; init; }

    public string? DirectoryAbsence { get; init; }

    public override string ToString() => Name;
}
