using System.Globalization;
using FluentAssertions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Compares JSON as a client does: 1 and 1.0 are equal, and the order of properties is ignored.</summary>
internal static class JsonComparison
{
    /// <summary>Asserts that a value equals the expected one, which may be written with single quotes.</summary>
    public static void ShouldBeJson(this JToken? actual, string expected, string because = "") =>
        Canonical(actual).Should().Be(Canonical(Parse(expected)), because);

    private static JToken Parse(string text)
    {
        // Dates stay strings.
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        return JToken.ReadFrom(reader);
    }

    private static string Canonical(JToken? token) => token switch
    {
        null => "absent",
        JObject value => $"{{{string.Join(",\n", value.Properties().OrderBy(one => one.Name, StringComparer.Ordinal)
            .Select(one => $"{JsonConvert.ToString(one.Name)}: {Canonical(one.Value)}"))}}}",
        JArray value => $"[{string.Join(", ", value.Select(Canonical))}]",
        { Type: JTokenType.Float } => token.Value<double>().ToString("G17", CultureInfo.InvariantCulture),
        _ => token.ToString(Formatting.None),
    };
}
