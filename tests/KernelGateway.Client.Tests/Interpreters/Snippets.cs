namespace KernelGateway.Client.Tests.Interpreters;

/// <summary>The code that the tests of all interpreters run, in the language of their kernels.</summary>
/// <param name="Language">The language.</param>
/// <param name="PrintA">Writes <c>a</c> and a line break to standard output.</param>
/// <param name="WarnB">Writes <c>b</c> and a line break to standard error.</param>
/// <param name="Value">Has a value.</param>
/// <param name="ValueText">The plain text of that value, with the quotes of the language.</param>
/// <param name="Raise">Raises an error.</param>
/// <param name="ErrorName">The name of that error.</param>
/// <param name="PrintAndWait">Writes <c>a</c>, then waits until it is interrupted.</param>
/// <param name="Ask">Asks for input with the prompt <c>name?</c>, and prints the answer.</param>
/// <param name="Display">Displays something twice and updates the first of the two.</param>
public sealed record Snippets(
    string Language,
    string PrintA,
    string WarnB,
    string Value,
    string ValueText,
    string Raise,
    string ErrorName,
    string PrintAndWait,
    string Ask,
    string Display)
{
    /// <summary>Gets the code for scripted kernels.</summary>
    public static Snippets Echo { get; } = new(
        "echo", "print a", "warn b", "return 'text'", "'text'", "raise NameError no such name", "NameError", "print a\nwait gate", "input name?",
        "display d old\ndisplay - other\nupdate d new");

    /// <summary>Gets the code for Python kernels.</summary>
    public static Snippets Python { get; } = new(
        "python",
        "print('a')",
        "import sys\nprint('b', file=sys.stderr)",
        "'text'",
        "'text'",
        "no_such_name",
        "NameError",
        "import time\nprint('a', flush=True)\nwhile True: time.sleep(0.01)",
        "print(input('name?'))",
        """
        from IPython.display import display
        handle = display({'text/plain': 'old'}, raw=True, display_id=True)
        display({'text/plain': 'other'}, raw=True)
        handle.update({'text/plain': 'new'}, raw=True)
        """);
}
