using System.Text.Json;
using System.Text.Json.Nodes;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Reporting;

/// <summary>The comparison as JSON, in seconds, bytes per second and bytes.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task WriteAsync(string path, MachineFacts facts, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var report = new JsonObject
        {
            ["measured_at"] = DateTimeOffset.UtcNow.ToString("O"),
            ["machine"] = JsonSerializer.SerializeToNode(facts),
            ["rows"] = new JsonArray([.. rows.Select(row => Describe(row))]),
        };
        await File.WriteAllTextAsync(path, report.ToJsonString(Indented) + "\n", cancellationToken);
    }

    private static JsonObject Describe(Row row) => new JsonObject
    {
        ["title"] = row.Title,
        ["quantity"] = row.Quantity.ToString(),
        ["note"] = row.Note,
        ["contenders"] = new JsonArray([.. row.Contenders.Select(samples => Describe(row, samples))]),
        ["targets"] = new JsonArray([.. row.Targets.Select(target => (JsonNode)new JsonObject
        {
            ["reference"] = row.Contenders[target.Reference].Contender,
            ["target"] = target.Describe(row.Quantity),
            ["value"] = Number(row.ValueFor(target)),
            ["reached"] = row.IsReached(target),
        })]),
    };

    private static JsonObject Describe(Row row, Samples samples) => new JsonObject
    {
        ["name"] = samples.Contender,
        ["missed_deadline"] = samples.IsGivenUp,
        ["median"] = Number(samples.Median()),
        ["slow_end"] = Number(samples.Percentile(row.Quantity.SlowEnd())),
        ["round_medians"] = new JsonArray([.. Enumerable.Range(0, samples.Rounds).Select(round => (JsonNode)samples.MedianOf(round))]),
    };

    // JSON has no NaN. A value that could not be measured is null.
    private static JsonValue? Number(double value) => double.IsNaN(value) ? null : JsonValue.Create(value);
}
