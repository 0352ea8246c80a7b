namespace KernelGateway.Conformance.Languages;

/// <summary>The snippets of the known languages.</summary>
internal static class KnownSnippets
{
    public static IReadOnlyDictionary<string, LanguageSnippets> All { get; } =
        new Dictionary<string, LanguageSnippets>(StringComparer.OrdinalIgnoreCase)
        {
            ["python"] = Python(),
            ["R"] = R(),
            ["javascript"] = JavaScript(),
            ["typescript"] = JavaScript(),
            ["octave"] = Octave(),
            ["Macaulay2"] = Macaulay2(),
        };

    private static LanguageSnippets Python() => new()
    {
        Print = text => $"print('{text}')",
        PrintError = text => $"import sys; print('{text}', file=sys.stderr)",
        Value = "6*7",
        Expression = "6*7",
        BadExpression = "1/0",
        Error = "raise ValueError('wrong')",
        Define = "conformance_x = 41",
        ReadBack = "print(conformance_x + 1)",
        LongRunning = seconds => $"import time; print('on', flush=True)\nfor _ in range({seconds * 20}): time.sleep(0.05)\n",
        Input = "print(input('name? '))",
        Password = "import getpass; print(getpass.getpass('secret? '))",
        DisplayAndUpdate = "from IPython.display import display, update_display\n"
            + "display({'text/plain': 'first'}, raw=True, display_id='conformance')\n"
            + "update_display({'text/plain': 'second'}, raw=True, display_id='conformance')",
        Clear = "from IPython.display import clear_output; clear_output(wait=True)",
        Incomplete = "isinst",
        Completion = "isinstance",
        AstralPrefix = "'😀'; ",
        Inspectable = "isinstance",
        CompleteCode = "x = 1",
        IncompleteCode = "for i in range(3):",
        InvalidCode = "1 +* )",
        LargeCode = length => $"print('large') #{new string('a', length)}",
        LargeOutput = length => $"print('a' * {length})",
    };

    private static LanguageSnippets R() => new()
    {
        Print = text => $"cat('{text}\\n')",
        PrintError = text => $"message('{text}')",
        Value = "6*7",
        Expression = "6*7",
        BadExpression = "stop('wrong')",
        Error = "stop('wrong')",
        Define = "conformance_x <- 41",
        ReadBack = "cat(conformance_x + 1, '\\n')",
        LongRunning = seconds => $"cat('on\\n'); flush.console()\nfor (i in 1:{seconds * 20}) Sys.sleep(0.05)\n",
        Input = "cat(readline('name? '), '\\n')",
        Clear = "IRdisplay::clear_output(wait = TRUE)",
        Incomplete = "readlin",
        Completion = "readline",
        AstralPrefix = "'😀'; ",
        Inspectable = "mean",
        CompleteCode = "x <- 1",
        IncompleteCode = "for (i in 1:3) {",
        InvalidCode = "1 +* )",
        LargeCode = length => $"cat('large\\n') #{new string('a', length)}",
        LargeOutput = length => $"cat(strrep('a', {length}))",
    };

    private static LanguageSnippets JavaScript() => new()
    {
        Print = text => $"console.log('{text}')",
        PrintError = text => $"console.error('{text}')",
        Value = "6*7",
        Expression = "6*7",
        BadExpression = "conformance_missing()",
        Error = "throw new Error('wrong')",
        Define = "var conformance_x = 41; undefined",
        ReadBack = "console.log(conformance_x + 1)",
        LongRunning = seconds =>
            $"console.log('on'); {{ const until = Date.now() + {seconds} * 1000; while (Date.now() < until); }}\n",
        Incomplete = "parseFl",
        Completion = "parseFloat",
        AstralPrefix = "'😀'; ",
        Inspectable = "parseFloat",
        CompleteCode = "var x = 1",
        IncompleteCode = "for (const i of [1]) {",
        InvalidCode = "1 +* )",
        LargeCode = length => $"console.log('large') //{new string('a', length)}",
        LargeOutput = length => $"console.log('a'.repeat({length}))",
    };

    private static LanguageSnippets Octave() => new()
    {
        Print = text => $"printf('%s\\n', '{text}')",
        PrintError = text => $"fprintf(stderr, '%s\\n', '{text}')",
        Value = "6*7",
        Error = "error('wrong')",
        Define = "conformance_x = 41;",
        ReadBack = "printf('%d\\n', conformance_x + 1)",
        LongRunning = seconds => $"printf('on\\n'); fflush(stdout); pause({seconds});\n",
        Input = "answer = input('name? ', 's');\nprintf('%s\\n', answer)",
        Incomplete = "ismatri",
        Completion = "ismatrix",
        AstralPrefix = "'😀'; ",
        Inspectable = "sin",
        CompleteCode = "x = 1;",
        IncompleteCode = "for i = 1:3",
        InvalidCode = "1 +* )",
        LargeOutput = length => $"printf('%s', repmat('a', 1, {length}))",
    };

    private static LanguageSnippets Macaulay2() => new()
    {
        Print = text => $"print \"{text}\"",
        PrintError = text => $"stderr << \"{text}\" << endl",
        Value = "6*7",
        Error = "error \"wrong\"",
        Define = "conformanceX = 41;",
        ReadBack = "print(conformanceX + 1)",
        LongRunning = seconds => $"print \"on\"; sleep {seconds};\n",
        Incomplete = "isIdea",
        Completion = "isIdeal",
        Inspectable = "ideal",
        CompleteCode = "x = 1",
        IncompleteCode = "for i from 1 to 3 do (",
        InvalidCode = "1 +* )",
    };
}
