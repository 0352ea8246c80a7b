using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace KernelGateway.Conformance.Reporting;

/// <summary>Writes a report in the XML that JUnit writes and build servers read.</summary>
public static class ReportJUnit
{
    /// <summary>
    /// Returns the report as a document: a test suite per area, a test case per check. Checks that are not applicable are skipped
    /// tests.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <returns>The document.</returns>
    public static XDocument Create(ConformanceReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new XDocument(
            new XDeclaration("1.0", "utf-8", null),
            new XElement(
                "testsuites",
                new XAttribute("name", Clean($"conformance of {report.Kernel}")),
                Counts(report.Results),
                report.Results.GroupBy(result => result.Check.Area).Select(area => new XElement(
                    "testsuite", new XAttribute("name", area.Key), Counts([.. area]), area.Select(Case)))));
    }

    private static XElement Case(CheckResult result) => new(
        "testcase",
        new XAttribute("classname", result.Check.Area),
        new XAttribute("name", $"{result.Check.Id}: {result.Check.Name}"),
        new XAttribute("time", Seconds(result.Duration)),
        result.Outcome switch
        {
            CheckOutcome.Fail => new XElement(
                "failure", new XAttribute("message", Clean(result.Seen)), $"{result.Check.Section}: {result.Check.Requirement}"),
            CheckOutcome.NotApplicable => new XElement("skipped", new XAttribute("message", Clean(result.Seen))),
            _ => new XElement("system-out", Clean(result.Seen)),
        });

    private static XAttribute[] Counts(IReadOnlyCollection<CheckResult> results) =>
    [
        new("tests", results.Count),
        new("failures", results.Count(result => result.Outcome == CheckOutcome.Fail)),
        new("errors", 0),
        new("skipped", results.Count(result => result.Outcome == CheckOutcome.NotApplicable)),
        new("time", Seconds(TimeSpan.FromTicks(results.Sum(result => result.Duration.Ticks)))),
    ];

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    // Kernels send characters that XML cannot contain: those of terminal colors, half of a surrogate pair.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString()));
}
