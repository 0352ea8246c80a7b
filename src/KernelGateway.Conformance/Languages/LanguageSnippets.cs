namespace KernelGateway.Conformance.Languages;

/// <summary>The code that checks send, in one language. A snippet that a language does not have is null.</summary>
public sealed record LanguageSnippets
{
    /// <summary>Gets the languages that are known, by the name in <c>language_info</c>.</summary>
    public static IReadOnlyDictionary<string, LanguageSnippets> Known => KnownSnippets.All;

    /// <summary>Gets code that prints a line of text to standard output; the text has no quotes and no backslashes.</summary>
    public required Func<string, string> Print { get; init; }

    /// <summary>Gets code that prints a line of text to standard error.</summary>
    public Func<string, string>? PrintError { get; init; }

    /// <summary>Gets code whose last value is the number 42.</summary>
    public string? Value { get; init; }

    /// <summary>Gets how an answer of 42 is written.</summary>
    public string ValueText { get; init; } = "42";

    /// <summary>Gets an expression for <c>user_expressions</c> whose value is <see cref="ValueText"/>.</summary>
    public string? Expression { get; init; }

    /// <summary>Gets an expression that fails.</summary>
    public string? BadExpression { get; init; }

    /// <summary>Gets code that fails.</summary>
    public string? Error { get; init; }

    /// <summary>Gets code that sets the variable <c>conformance_x</c> to 41 and prints nothing.</summary>
    public string? Define { get; init; }

    /// <summary>Gets code that prints the variable of <see cref="Define"/> plus one.</summary>
    public string? ReadBack { get; init; }

    /// <summary>
    /// Gets code that prints the line <c>on</c> and then runs for this number of seconds; more code may follow it.
    /// </summary>
    public Func<int, string>? LongRunning { get; init; }

    /// <summary>Gets code that asks for a line with the prompt <c>name? </c> and prints the answer.</summary>
    public string? Input { get; init; }

    /// <summary>Gets code that asks for a password with the prompt <c>secret? </c> and prints the answer.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// Gets code that displays the text <c>first</c> under the display id <c>conformance</c>, and updates it to <c>second</c>.
    /// </summary>
    public string? DisplayAndUpdate { get; init; }

    /// <summary>Gets code that clears the output, waiting for the next.</summary>
    public string? Clear { get; init; }

    /// <summary>Gets the beginning of a word to complete.</summary>
    public string? Incomplete { get; init; }

    /// <summary>Gets the word it completes to.</summary>
    public string? Completion { get; init; }

    /// <summary>Gets code with a character outside the Basic Multilingual Plane in front of <see cref="Incomplete"/>, in one line, without it.</summary>
    public string? AstralPrefix { get; init; }

    /// <summary>Gets a name that can be inspected.</summary>
    public string? Inspectable { get; init; }

    /// <summary>Gets code that can be run as it is.</summary>
    public string? CompleteCode { get; init; }

    /// <summary>Gets code that needs another line.</summary>
    public string? IncompleteCode { get; init; }

    /// <summary>Gets code that no further line can mend.</summary>
    public string? InvalidCode { get; init; }

    /// <summary>Gets code of at least so many characters that prints <c>large</c>.</summary>
    public Func<int, string>? LargeCode { get; init; }

    /// <summary>Gets code that prints so many characters <c>a</c>.</summary>
    public Func<int, string>? LargeOutput { get; init; }
}
