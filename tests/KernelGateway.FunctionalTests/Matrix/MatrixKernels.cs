namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>The kernels of the matrix.</summary>
internal static class MatrixKernels
{
    public static IReadOnlyList<MatrixKernel> All { get; } = [IPython, XPython, R, Octave, Macaulay2, Deno, TsLab];

    private static MatrixKernel IPython => new("ipykernel", "python3")
    {
        PrintOut = "print('out')",
        PrintErr = "import sys; print('err', file=sys.stderr)",
        Rich = "from IPython.display import HTML, display; display(HTML('<b>hi</b>'))",
        Fail = "raise ValueError('boom')",
        State = ("kept = 5", "print('kept', kept)"),
        Endless = "import time\nprint('on', flush=True)\ntime.sleep(600)",
        Ask = "print('got', input('name? '))",
        Complete = ("prin", "print"),
        Inspect = "print",
        Incomplete = "if True:",
        PrintBytes = "import os; print(os.environb[b'KGVAR'].hex())",
        Unset = ("import os; print(os.environ.get('KGVAR', 'not set'))", "not set"),
        PrintDirectory = "import os; print(os.getcwdb().decode())",   // xpython decodes paths as ASCII
    };

    private static MatrixKernel XPython => IPython with
    {
        Name = "xpython",
        KernelSpec = "xpython",
        InterruptAbsence = "restarts: SIGINT ends it, interrupt_request does nothing",
    };

    private static MatrixKernel R => new("ir", "ir")
    {
        PrintOut = "cat('out\\n')",
        PrintErr = "message('err')",
        Value = Shown.Display,
        ValueText = "[1] 42",
        Rich = "IRdisplay::display_html('<b>hi</b>')",
        Fail = "stop('boom')",
        State = ("kept <- 5", "cat('kept', kept, '\\n')"),
        Endless = "cat('on\\n'); flush.console(); repeat Sys.sleep(0.1)",
        Ask = "cat('got', readline('name? '), '\\n')",
        Complete = ("prin", "print"),
        Inspect = "print",
        HistoryAbsence = "keeps none: the answer is empty",
        Incomplete = "f <- function() {",
        PrintBytes = "cat(paste(as.character(charToRaw(Sys.getenv('KGVAR'))), collapse = ''))",
        Unset = ("cat(Sys.getenv('KGVAR', 'not set'))", "not set"),
        PrintDirectory = "cat(getwd())",
    };

    private static MatrixKernel Octave => new("octave", "octave")
    {
        PrintOut = "printf(\"out\\n\")",
        PrintErr = "fprintf(stderr, \"err\\n\")",
        StderrAbsence = "arrives on stdout: Octave runs on a terminal",
        Value = Shown.Stdout,
        ValueText = "ans = 42",
        RichAbsence = new("none without a graphics toolkit", "disp(available_graphics_toolkits())"),
        Fail = "error(\"boom\")",
        ErrorAbsence = "reported on stdout, the reply is ok",
        State = ("kept = 5;", "printf(\"kept %d\\n\", kept)"),
        Endless = "printf(\"on\\n\"); fflush(stdout); while true, pause(0.1); end",
        PrintsWhileItRuns = false,
        Ask = "x = input(\"name? \", \"s\"); printf(\"got %s\\n\", x)",
        Complete = ("prin", "printf"),
        Inspect = "sin",
        HistoryAbsence = "lists former sessions only, without numbers",
        Incomplete = "if true",
        IsCompleteAbsence = "calls everything incomplete",
        PrintBytes = "printf(\"%02x\", uint8(getenv(\"KGVAR\"))); printf(\"\\n\")",
        Unset = ("printf(\"[%s]\\n\", getenv(\"KGVAR\"))", "[]"),
        PrintDirectory = "disp(pwd)",
    };

    private static MatrixKernel Macaulay2 => new("m2", "m2")
    {
        PrintOut = "print \"out\"",
        PrintErr = "stderr << \"err\" << endl",
        StderrAbsence = "arrives on stdout: Macaulay2 runs on a terminal",
        Value = Shown.Stdout,
        Rich = "--%mode = pretty\n6*7",
        Fail = "error \"boom\"",
        ErrorAbsence = "reported on stdout, the reply is ok",
        State = ("kept = 5", "print concatenate(\"kept \", toString kept)"),
        Endless = "while true do sleep 1",
        PrintsWhileItRuns = false,
        InterruptAbsence = "restarts: the interpreter computes on and spoils the next cells",
        Ask = "print \"no way to ask\"",
        StdinAbsence = "its interpreter reads from the kernel's terminal, nothing is asked",
        Complete = ("prin", "print"),
        CompleteAbsence = "answers with no matches",
        Inspect = "print",
        InspectAbsence = "finds nothing",
        HistoryAbsence = "keeps none: the answer is empty",
        Incomplete = "f = (",
        IsCompleteAbsence = "answers unknown",
        PrintBytes = "print concatenate between(\",\", apply(ascii getenv \"KGVAR\", toString))",
        Bytes = bytes => string.Join(',', bytes),
        Unset = ("print concatenate(\"[\", getenv \"KGVAR\", \"]\")", "[]"),
        ExecutionVariablesAbsence = "Macaulay2 cannot change its environment",
        PrintDirectory = "print currentDirectory()",
        DirectoryAbsence = "the kernel starts Macaulay2 in a directory of its own",
    };

    private static MatrixKernel Deno => new("deno", "deno")
    {
        PrintOut = "console.log('out')",
        PrintErr = "console.error('err')",
        Rich = "Deno.jupyter.html`<b>hi</b>`",
        Fail = "throw new Error('boom')",
        State = ("let kept = 5", "console.log(`kept ${kept}`)"),
        Endless = "console.log('on'); while (true) {}",
        PrintsWhileItRuns = false,
        Ask = "console.log('got ' + prompt('name?'))",
        Complete = ("conso", "console"),
        Inspect = "console",
        InspectAbsence = "finds nothing",
        HistoryAbsence = "keeps none: the answer is empty",
        Incomplete = "function f() {",
        PrintBytes = "console.log(Array.from(new TextEncoder().encode(Deno.env.get('KGVAR')), b => b.toString(16).padStart(2, '0')).join(''))",
        Unset = ("console.log(Deno.env.get('KGVAR') ?? 'not set')", "not set"),
        PrintDirectory = "console.log(Deno.cwd())",
    };

    private static MatrixKernel TsLab => new("tslab", "tslab")
    {
        PrintOut = "console.log('out')",
        PrintErr = "console.error('err')",
        Value = Shown.Stdout,
        Rich = "import { display } from 'tslab'; display.html('<b>hi</b>')",
        Fail = "throw new Error('boom')",
        State = ("let kept = 5", "console.log(`kept ${kept}`)"),
        Endless = "console.log('on'); await new Promise(done => setTimeout(done, 600000))",
        Ask = "import * as fs from 'fs'; console.log('got ' + fs.readFileSync(0, 'utf8'))",
        StdinAbsence = "has no stdin channel: reading gives the end of the file",
        Complete = ("conso", "console"),
        Inspect = "console",
        HistoryAbsence = "does not answer history requests",
        Incomplete = "let x = {",
        PrintBytes = "console.log(Buffer.from(process.env.KGVAR!, 'utf8').toString('hex'))",
        Unset = ("console.log(process.env.KGVAR ?? 'not set')", "not set"),
        PrintDirectory = "console.log(process.cwd())",
    };
}
