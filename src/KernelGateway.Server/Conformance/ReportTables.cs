using KernelGateway.Conformance;
using Spectre.Console;

namespace KernelGateway.Server.Conformance;

/// <summary>Shows a report to people: a table for each area, and a line that sums up.</summary>
internal static class ReportTables
{
    // Tables are cut to the width of the terminal; in a file or a pipe they are wider.
    private const int WidthOfPipes = 160;
    private const int LongestSeen = 300;

    public static void Print(ConformanceReport report, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect, Out = new AnsiConsoleOutput(output),
        });
        if (Console.IsOutputRedirected) console.Profile.Width = WidthOfPipes;
        console.Write(new Text($"{report.Kernel}: {report.Implementation}, protocol {report.ProtocolVersion}"));
        console.WriteLine();
        foreach (var area in report.Results.GroupBy(result => result.Check.Area))
        {
            console.WriteLine();
            console.Write(ToTable(area.Key, area));
        }

        console.WriteLine();
        console.Write(new Text(
            $"{report.Count(CheckOutcome.Pass)} passed, {report.Count(CheckOutcome.Fail)} failed, {report.Count(CheckOutcome.NotApplicable)} not applicable."));
        console.WriteLine();
    }

    private static Table ToTable(string area, IEnumerable<CheckResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).Expand();
        table.AddColumn(new TableColumn(Markup.Escape(area)).NoWrap()).AddColumn("").AddColumn("Asked").AddColumn("Seen");
        foreach (var result in results)
        {
            // A check that passed needs no explanation.
            var isPassed = result.Outcome == CheckOutcome.Pass;
            table.AddRow(
                new Text(result.Check.Id),
                Mark(result.Outcome),
                new Text(isPassed ? result.Check.Name : $"{result.Check.Requirement} ({result.Check.Section})"),
                new Text(Clean(result.Seen)));
        }

        return table;
    }

    private static Text Mark(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Pass => new Text("pass", new Style(Color.Green)),
        CheckOutcome.Fail => new Text("FAIL", new Style(Color.Red)),
        _ => new Text("n/a", new Style(Color.Grey)),
    };

    // Kernels send control characters such as colors and bells, which must not reach this terminal.
    private static string Clean(string text)
    {
        var clean = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        return clean.Length > LongestSeen ? clean[..LongestSeen] + "..." : clean;
    }
}
