using System.Globalization;
using System.Text;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Reporting;

/// <summary>The comparison as a text table.</summary>
internal static class TextReport
{
    private const double WorthAWarning = 0.2;

    private static readonly CompositeFormat Layout = CompositeFormat.Parse("{0,-46} {1,11} {2,11} {3,8} {4,-13} {5}");

    public static void Write(TextWriter output, MachineFacts facts, IReadOnlyList<Row> rows, IReadOnlyList<string> failures)
    {
        output.WriteLine();
        output.WriteLine($"{facts.Processor}, {facts.Cores} cores, {facts.MemoryGigabytes:0} GB; {facts.System}; {facts.Runtime}");
        output.WriteLine($"{facts.Python}; the machine was {facts.BusyBefore:0 %} busy before the run");
        if (facts.BusyBefore > WorthAWarning) output.WriteLine("Others use this machine: the ratios waver. README.md of this project says what helps.");
        foreach (var failure in failures) output.WriteLine($"not measured: {failure}");
        foreach (var row in rows)
        {
            output.WriteLine();
            WriteLine(output, row.Title, "median", row.Quantity == Quantity.Rate ? "p1" : "p99", "ours/it", "(spread)", "target");
            for (var i = 0; i < row.Contenders.Count; i++) WriteContender(output, row, i);
            if (row.Note is not null) output.WriteLine($"  {row.Note}");
        }

        var targets = rows.SelectMany(row => row.Targets.Select(row.IsReached)).ToList();
        output.WriteLine();
        output.WriteLine($"{targets.Count(reached => reached)} of {targets.Count} targets reached");
    }

    private static void WriteContender(TextWriter output, Row row, int index)
    {
        var samples = row.Contenders[index];
        if (samples.IsGivenUp)
        {
            output.WriteLine($"  {samples.Contender,-44} missed the deadline of {Repetition.TurnLimit.TotalSeconds:0} s in round {samples.Rounds + 1}");
            return;
        }

        var ratios = index == 0 ? [] : row.Ours.RatiosTo(samples);
        var target = row.Targets.FirstOrDefault(target => target.Reference == index);
        WriteLine(
            output,
            "  " + samples.Contender,
            row.Quantity.Format(samples.Median()),
            row.Quantity.Format(samples.Percentile(row.Quantity.SlowEnd())),
            ratios.Length == 0 ? "" : Ratio(Samples.Percentile(ratios, 50)),
            ratios.Length == 0 ? "" : $"({Ratio(ratios[0])}..{Ratio(ratios[^1])})",
            target is null ? "" : $"{target.Describe(row.Quantity)} {(row.IsReached(target) ? "reached" : "MISSED")}");
    }

    private static void WriteLine(TextWriter output, params object[] cells) =>
        output.WriteLine(string.Format(CultureInfo.InvariantCulture, Layout, cells).TrimEnd());

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}
