namespace KernelGateway.Server.Record;

/// <summary>The code of a recording, in one language.</summary>
internal sealed record RecordingScript
{
    private static readonly RecordingScript JavaScript = new()
    {
        Stdout = "console.log('hello stdout')",
        Stderr = "console.error('hello stderr')",
        Mixed = "console.log('out1'); console.error('err1'); console.log('out2');\n6*7",
        Display = "import * as tslab from 'tslab';\ntslab.display.html('<b>bold</b>')",
        Error = "throw new Error('boom')",
        Alive = "console.log('alive')",
        Complete = "conso",
        Inspect = "console",
        Completeness = ["let x = 1", "for (let i = 0; i < 3; i++) {", "let = )"],
        Ask = "console.log('got', typeof prompt)",
        Long = "console.log('begin'); await new Promise(done => setTimeout(done, 8000))",
    };

    private static readonly RecordingScript Python = new()
    {
        Stdout = "print('hello stdout')",
        Stderr = "import sys; print('hello stderr', file=sys.stderr)",
        Mixed = "import sys\nprint('out1'); print('err1', file=sys.stderr); print('out2')\n6*7",
        Display = "from IPython.display import display, HTML\ndisplay(HTML('<b>bold</b>'))",
        Error = "1/0",
        Alive = "print('alive')",
        Complete = "impor",
        Inspect = "len",
        Completeness = ["x = 1", "for i in range(3):", "x = = 1"],
        Ask = "v = input('name? ')\nprint('got', v)",
        Long = "import time\nprint('begin', flush=True)\nfor i in range(80): time.sleep(0.1)",
    };

    private static readonly Dictionary<string, RecordingScript> ByLanguage = new(StringComparer.OrdinalIgnoreCase)
    {
        ["python"] = Python,
        ["javascript"] = JavaScript,
        ["typescript"] = JavaScript,
        ["deno"] = JavaScript with
        {
            Display = "Deno.jupyter.html`<b>bold</b>`",
            Ask = "const v = prompt('name?'); console.log('got', v)",
            Long = "console.log('begin'); while (true) {}",
        },
        ["r"] = new()
        {
            Stdout = "cat('hello stdout\\n')",
            Stderr = "message('hello stderr')",
            Mixed = "cat('out1\\n'); message('err1'); cat('out2\\n')\n6*7",
            Display = "IRdisplay::display_html('<b>bold</b>')",
            Error = "stop('boom')",
            Alive = "cat('alive\\n')",
            Complete = "prin",
            Inspect = "print",
            Completeness = ["x <- 1", "f <- function() {", "x <- )"],
            Ask = "v <- readline('name? '); cat('got', v, '\\n')",
            Long = "cat('begin\\n'); flush.console(); Sys.sleep(8)",
        },
        ["octave"] = new()
        {
            Stdout = "printf(\"hello stdout\\n\")",
            Stderr = "fprintf(stderr, \"hello stderr\\n\")",
            Mixed = "printf(\"out1\\n\"); fprintf(stderr, \"err1\\n\");\n6*7",
            Display = "[1 2; 3 4]",
            Error = "error(\"boom\")",
            Alive = "printf(\"alive\\n\")",
            Complete = "prin",
            Inspect = "sin",
            Completeness = ["x = 1", "for i = 1:3", "x = = 1"],
            Ask = "v = input(\"name? \", \"s\"); printf(\"got %s\\n\", v)",
            Long = "printf(\"begin\\n\"); pause(8)",
        },
        ["bash"] = new()
        {
            Stdout = "echo hello stdout",
            Stderr = "echo hello stderr >&2",
            Mixed = "echo out1; echo err1 >&2; echo out2",
            Display = "echo '<b>bold</b>'",
            Error = "false",
            Alive = "echo alive",
            Complete = "ech",
            Inspect = "echo",
            Completeness = ["x=1", "for i in 1 2 3; do", "x=)"],
            Ask = "read -r v; echo got $v",
            Long = "echo begin; sleep 8",
        },
    };

    public static IEnumerable<string> Languages => ByLanguage.Keys.Order(StringComparer.Ordinal);

    public required string Stdout { get; init; }

    public required string Stderr { get; init; }

    public required string Mixed { get; init; }

    public required string Display { get; init; }

    public required string Error { get; init; }

    public required string Alive { get; init; }

    public required string Complete { get; init; }

    public required string Inspect { get; init; }

    /// <summary>Gets code that is complete, that is not, and that is wrong.</summary>
    public required IReadOnlyList<string> Completeness { get; init; }

    /// <summary>Gets code that asks on stdin.</summary>
    public required string Ask { get; init; }

    /// <summary>Gets code that says <c>begin</c> and takes eight seconds or for ever.</summary>
    public required string Long { get; init; }

    public static RecordingScript? Find(string language) => ByLanguage.GetValueOrDefault(language);
}
