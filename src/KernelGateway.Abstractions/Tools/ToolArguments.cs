using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tools;

/// <summary>Reads the arguments of a call. Frameworks pass them as .NET values or as JSON; models sometimes send a number as text.</summary>
internal sealed class ToolArguments(IReadOnlyDictionary<string, object?> values)
{
    /// <summary>Returns text that must be there. It may be empty.</summary>
    /// <exception cref="ArgumentException">It is not there.</exception>
    public string RequiredText(string name) => Text(name) ?? throw new ArgumentException($"The argument '{name}' is missing.");

    /// <summary>Returns text; null when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else than text.</exception>
    public string? Text(string name) => Read(name) switch
    {
        null => null,
        string text => text,
        _ => throw new ArgumentException($"The argument '{name}' must be a string."),
    };

    /// <summary>Returns a whole number; null when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else, or out of range.</exception>
    public int? Number(string name, int minimum, int maximum = int.MaxValue)
    {
        var value = Read(name);
        if (value is null or "") return null;
        if (value is IConvertible and not bool
            && decimal.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number == decimal.Truncate(number)
            && number >= minimum
            && number <= maximum)
        {
            return (int)number;
        }
        var range = maximum == int.MaxValue ? $"of at least {minimum}" : $"from {minimum} to {maximum}";
        throw new ArgumentException($"The argument '{name}' must be a whole number {range}.");
    }

    // Text, a number or a Boolean value as a .NET value; null stays null, and anything else what it is.
    private object? Read(string name) => values.GetValueOrDefault(name) switch
    {
        JsonElement element => Read(element),
        JsonNode node => Read(JsonSerializer.SerializeToElement(node)),
        JValue value => value.Value,
        var value => value,
    };

    private static object? Read(JsonElement element) => element switch
    {
        { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.String } => element.GetString(),
        { ValueKind: JsonValueKind.Number } when element.TryGetDecimal(out var number) => number,
        _ => element,
    };
}
