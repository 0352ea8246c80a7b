using System.Net.Http.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Runs cells in the contexts of a gateway over HTTP.</summary>
internal static class ServedCells
{
    /// <summary>Runs code in a context.</summary>
    /// <returns>The standard output without the last line break.</returns>
    public static async Task<string> RunCellAsync(
        this HttpClient client, string contextId, string code, CancellationToken cancellationToken)
    {
        using var response = await client.PostAsJsonAsync("/execute", new { code, context_id = contextId }, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JObject.Parse);
        var printed = lines.Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"]);
        return string.Concat(printed).TrimEnd();
    }
}
