using System.Globalization;

namespace KernelGateway.Soak.Cells;

/// <summary>Writes the code of cells in one language.</summary>
internal abstract class CellWriter
{
    public static CellWriter Python { get; } = new PythonCells();

    public static CellWriter R { get; } = new RCells();

    public static CellWriter Octave { get; } = new OctaveCells();

    public static CellWriter JavaScript { get; } = new JavaScriptCells();

    public static CellWriter Scripted { get; } = new ScriptedCells();

    /// <summary>Gets the name of the language in the report.</summary>
    public abstract string Language { get; }

    /// <summary>Gets the kinds of cells that the language supports.</summary>
    public abstract IReadOnlyList<CellKind> Kinds { get; }

    /// <summary>Gets the number of lines that a kernel prints in about a second.</summary>
    public abstract int FloodLines { get; }

    public Cell Write(CellKind kind, string token, int lines)
    {
        int? expected = kind switch
        {
            CellKind.Endless or CellKind.Stubborn => null,
            CellKind.Sleeps => 1,
            _ => lines,
        };
        return new Cell(token, kind, expected, WriteCode(kind, token, lines.ToString(CultureInfo.InvariantCulture)));
    }

    protected abstract string WriteCode(CellKind kind, string token, string lines);

    protected static InvalidOperationException NotWritten(CellKind kind) => new($"Cells that are {kind} are not written in this language.");

    private sealed class PythonCells : CellWriter
    {
        public override string Language => "python";

        public override IReadOnlyList<CellKind> Kinds { get; } =
            [CellKind.Lines, CellKind.Paced, CellKind.Fails, CellKind.Endless, CellKind.Sleeps, CellKind.Stubborn, CellKind.Dies];

        public override int FloodLines => 20_000;

        protected override string WriteCode(CellKind kind, string token, string lines) => kind switch
        {
            CellKind.Lines => $"for i in range({lines}): print('{token}', i + 1)",
            CellKind.Paced => $"import time\nfor i in range({lines}):\n    print('{token}', i + 1, flush=True)\n    time.sleep(0.02)",
            CellKind.Fails => $"for i in range({lines}): print('{token}', i + 1)\nraise ValueError('{token}')",
            CellKind.Endless => $"import time\ni = 0\nwhile True:\n    i += 1\n    print('{token}', i)\n    time.sleep(0.005)",
            CellKind.Sleeps => $"import time\nprint('{token}', 1)\ntime.sleep(600)",
            CellKind.Stubborn =>
                $"import time\ni = 0\ntry:\n    while True:\n        i += 1\n        print('{token} %d\\n' % i, end='')\n        time.sleep(0.02)\nexcept KeyboardInterrupt:\n    pass",
            CellKind.Dies => $"import os\nfor i in range({lines}): print('{token}', i + 1)\nos._exit(3)",
            _ => throw NotWritten(kind),
        };
    }

    private sealed class RCells : CellWriter
    {
        public override string Language => "R";

        public override IReadOnlyList<CellKind> Kinds { get; } =
            [CellKind.Lines, CellKind.Paced, CellKind.Fails, CellKind.Endless, CellKind.Sleeps, CellKind.Dies];

        public override int FloodLines => 300;

        protected override string WriteCode(CellKind kind, string token, string lines) => kind switch
        {
            CellKind.Lines => $"for (i in 1:{lines}) cat('{token} ', i, '\\n', sep = '')",
            CellKind.Paced => $"for (i in 1:{lines}) {{ cat('{token} ', i, '\\n', sep = ''); Sys.sleep(0.02) }}",
            CellKind.Fails => $"for (i in 1:{lines}) cat('{token} ', i, '\\n', sep = '')\nstop('{token}')",
            CellKind.Endless => $"i <- 0L\nrepeat {{ i <- i + 1L; cat('{token} ', i, '\\n', sep = ''); Sys.sleep(0.02) }}",
            CellKind.Sleeps => $"cat('{token} 1\\n')\nSys.sleep(600)",
            CellKind.Dies => $"for (i in 1:{lines}) cat('{token} ', i, '\\n', sep = '')\ntools::pskill(Sys.getpid(), 9)",
            _ => throw NotWritten(kind),
        };
    }

    private sealed class OctaveCells : CellWriter
    {
        public override string Language => "octave";

        public override IReadOnlyList<CellKind> Kinds { get; } = [CellKind.Lines, CellKind.Paced];

        public override int FloodLines => 200;

        protected override string WriteCode(CellKind kind, string token, string lines) => kind switch
        {
            CellKind.Lines => $"for i = 1:{lines}, printf('{token} %d\\n', i); end",
            CellKind.Paced => $"for i = 1:{lines}, printf('{token} %d\\n', i); pause(0.02); end",
            _ => throw NotWritten(kind),
        };
    }

    private sealed class JavaScriptCells : CellWriter
    {
        public override string Language => "javascript";

        public override IReadOnlyList<CellKind> Kinds { get; } = [CellKind.Lines, CellKind.Paced, CellKind.Fails];

        public override int FloodLines => 500;

        protected override string WriteCode(CellKind kind, string token, string lines) => kind switch
        {
            CellKind.Lines => $"for (let i = 1; i <= {lines}; i++) console.log('{token} ' + i)",
            CellKind.Paced =>
                $"for (let i = 1; i <= {lines}; i++) {{ console.log('{token} ' + i); await new Promise(done => setTimeout(done, 20)) }}",
            CellKind.Fails => $"for (let i = 1; i <= {lines}; i++) console.log('{token} ' + i)\nthrow new Error('{token}')",
            _ => throw NotWritten(kind),
        };
    }

    private sealed class ScriptedCells : CellWriter
    {
        public override string Language => "scripted";

        public override IReadOnlyList<CellKind> Kinds { get; } = Enum.GetValues<CellKind>();

        public override int FloodLines => 20_000;

        protected override string WriteCode(CellKind kind, string token, string lines) => $"{kind} {token} {lines}";
    }
}
