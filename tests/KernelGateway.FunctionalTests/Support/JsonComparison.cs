using System.Globalization;
using FluentAssertions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Compares JSON as a client sees it: 1 and 1.0 are one number, and the order of keys says nothing.</summary>
internal static class JsonComparison
{
    /// <summary>Asserts that a value is the expected one, which may be written with single quotes.</summary>
    public static void ShouldBeJson(this JToken? actual, string expected, string because = "") =>
        Canonical(actual).Should().Be(Canonical(Parse(expected)), because);

    private static JToken Parse(string text)
    {
        // Dates stay the text they are.
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
