using System.Globalization;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.Kernelspecs;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>
/// Reads the fields of a body strictly: a number is not accepted as a string, <c>null</c> counts as absent. Errors are collected.
/// </summary>
internal sealed class BodyFields(JObject body, ValidationErrors errors)
{
    public string? RequiredText(string name)
    {
        if (body.TryGetValue(name, StringComparison.Ordinal, out var value)) return Text(value, name);
        errors.Add("missing", "Field required", null, "body", name);
        return null;
    }

    /// <summary>Reads a string; an empty one counts as absent, as in the SDKs' own server.</summary>
    public string? OptionalText(string name) => Optional(name) is { } value && Text(value, name) is { Length: > 0 } text ? text : null;

    /// <summary>Reads a boolean value; absent, it has the given default.</summary>
    public bool Flag(string name, bool absent = false)
    {
        if (Optional(name) is not { } value) return absent;
        if (value.Type == JTokenType.Boolean) return (bool)value;
        errors.Add("bool_type", "Input should be a valid boolean", value, "body", name);
        return absent;
    }

    /// <summary>Reads a duration in seconds; null when absent, zero for the longest that is allowed.</summary>
    public TimeSpan? Seconds(string name, TimeSpan maximum)
    {
        if (Optional(name) is not { } value) return null;
        if (value.Type is not (JTokenType.Integer or JTokenType.Float))
        {
            errors.Add("float_type", "Input should be a valid number", value, "body", name);
            return null;
        }

        var seconds = (double)value;
        if (seconds == 0) return TimeSpan.Zero;
        if (seconds > 0 && seconds <= maximum.TotalSeconds) return TimeSpan.FromSeconds(Math.Max(seconds, 0.001));
        errors.Add(
            seconds < 0 ? "greater_than_equal" : "less_than_equal",
            string.Create(CultureInfo.InvariantCulture, $"Input should be between 0 and {maximum.TotalSeconds:0.###} seconds; 0 is the longest that is allowed"),
            value,
            "body",
            name);
        return null;
    }

    public T Choice<T>(string name, T absent, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (Optional(name) is not { } value) return absent;
        foreach (var choice in choices)
        {
            if (value.Type == JTokenType.String && (string?)value == choice.Name) return choice.Value;
        }

        var names = new List<string>();
        foreach (var choice in choices) names.Add($"'{choice.Name}'");
        errors.Add("literal_error", $"Input should be {string.Join(" or ", names)}", value, "body", name);
        return absent;
    }

    /// <summary>Reads names and values of environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Variables(string name)
    {
        if (Optional(name) is not { } value) return null;
        if (value is not JObject map)
        {
            errors.Add("dict_type", "Input should be a valid dictionary", value, "body", name);
            return null;
        }

        var variables = new Dictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (key, item) in map)
        {
            if (item is not { Type: JTokenType.String }) errors.Add("string_type", "Input should be a valid string", item, "body", name, key);
            else if (!VariableName.IsPossible(key)) errors.Add("value_error", "Not a name for a variable", null, "body", name, key);
            else if ((string)item! is var text && text.Contains('\0', StringComparison.Ordinal)) errors.Add("value_error", "The value contains a NUL character", null, "body", name, key);
            else variables[key] = text;
        }

        return variables.Count == 0 ? null : variables;
    }

    private JToken? Optional(string name) =>
        body.TryGetValue(name, StringComparison.Ordinal, out var value) && value.Type != JTokenType.Null ? value : null;

    private string? Text(JToken value, string name)
    {
        if (value.Type == JTokenType.String) return (string?)value;
        errors.Add("string_type", "Input should be a valid string", value, "body", name);
        return null;
    }
}
