using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Connect;

/// <summary>JSON as it is on the wire: texts that look like times stay texts.</summary>
internal static class WireJson
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Reads a value.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JToken Parse(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        return JToken.ReadFrom(reader);
    }

    /// <summary>Reads an object; null when the text is something else.</summary>
    public static JObject? TryParseObject(string text)
    {
        try
        {
            return Parse(text) as JObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns a value as UTF-8.</summary>
    public static byte[] ToBytes(JToken value) => Utf8.GetBytes(value.ToString(Formatting.None));

    /// <summary>Returns the text of a field; null when it is missing, null or not a text.</summary>
    public static string? Text(this JToken value, string name) => (value as JObject)?[name] is JValue { Type: JTokenType.String } field ? (string?)field : null;

    /// <summary>Returns the number of a field, which may be written as a text; 0 when it is missing.</summary>
    public static long Number(this JToken value, string name) => (value as JObject)?[name] switch
    {
        JValue { Type: JTokenType.Integer } field => (long)field,
        JValue { Type: JTokenType.Float } field => (long)(double)field,
        JValue { Type: JTokenType.String } field when long.TryParse(
            (string?)field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => 0,
    };

    /// <summary>Returns the truth of a field; null when it is missing.</summary>
    public static bool? Flag(this JToken value, string name) => (value as JObject)?[name] is JValue { Type: JTokenType.Boolean } field ? (bool)field : null;

    /// <summary>Returns the time of a field; null when it is missing or not a time.</summary>
    public static DateTimeOffset? Time(this JToken value, string name) =>
        DateTimeOffset.TryParse(value.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    /// <summary>Returns the texts of a field that is an object; empty when it is missing.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this JToken value, string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if ((value as JObject)?[name] is not JObject fields) return texts;
        foreach (var field in fields.Properties())
            if (field.Value is JValue { Type: JTokenType.String } text) texts[field.Name] = (string)text!;
        return texts;
    }

    /// <summary>Returns the texts of a field that is an array; null when it is missing.</summary>
    public static IReadOnlyList<string>? List(this JToken value, string name) =>
        (value as JObject)?[name] is JArray items
            ? [.. items.OfType<JValue>().Where(item => item.Type == JTokenType.String).Select(item => (string)item!)]
            : null;
}
