using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Reporting;

/// <summary>Writes a report as one JSON object.</summary>
public static class ReportJson
{
    /// <summary>
    /// Gives the report as JSON: kernel, counts, and the checks with id, name, requirement, section, outcome and observation.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <returns>Indented JSON.</returns>
    public static string Write(ConformanceReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new JObject
        {
            ["kernel"] = report.Kernel,
            ["implementation"] = report.Implementation,
            ["protocol_version"] = report.ProtocolVersion,
            ["passed"] = report.Count(CheckOutcome.Pass),
            ["failed"] = report.Count(CheckOutcome.Fail),
            ["not_applicable"] = report.Count(CheckOutcome.NotApplicable),
            ["checks"] = new JArray(report.Results.Select(result => new JObject
            {
                ["id"] = result.Check.Id,
                ["area"] = result.Check.Area,
                ["name"] = result.Check.Name,
                ["requirement"] = result.Check.Requirement,
                ["section"] = result.Check.Section,
                ["outcome"] = NameOf(result.Outcome),
                ["seen"] = result.Seen,
                ["seconds"] = Math.Round(result.Duration.TotalSeconds, 3),
            })),
        }.ToString(Formatting.Indented);
    }

    /// <summary>Names an outcome as reports do.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns><c>pass</c>, <c>fail</c> or <c>not_applicable</c>.</returns>
    public static string NameOf(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Pass => "pass",
        CheckOutcome.Fail => "fail",
        _ => "not_applicable",
    };
}
