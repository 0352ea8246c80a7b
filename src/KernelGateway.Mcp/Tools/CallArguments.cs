using System.Text.Json;

namespace KernelGateway.Mcp.Tools;

/// <summary>Reads the arguments of a call. Clients do not always check them against the schema.</summary>
internal sealed class CallArguments(IDictionary<string, JsonElement>? values)
{
    private const double MaxSeconds = 49 * 24 * 3600;

    /// <summary>Returns text that must be there. It may be empty.</summary>
    /// <exception cref="ArgumentException">It is not there, or something else.</exception>
    public string RequiredText(string name) => Text(name) ?? throw new ArgumentException($"The argument '{name}' is missing.");

    /// <summary>Returns text; null when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw new ArgumentException($"The argument '{name}' must be a string."),
    };

    /// <summary>Returns text that is not empty; null when it is not there or empty.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public string? Name(string name) => Text(name) is { Length: > 0 } text ? text : null;

    /// <exception cref="ArgumentException">It is something else than true or false.</exception>
    public bool Flag(string name) => Find(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        _ => throw new ArgumentException($"The argument '{name}' must be true or false."),
    };

    /// <summary>Returns a number of seconds; null when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else, or out of range.</exception>
    public TimeSpan? Seconds(string name, bool allowsZero = false)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var seconds)
            && seconds <= MaxSeconds
            && (seconds > 0 || (allowsZero && seconds == 0)))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        throw new ArgumentException($"The argument '{name}' must be a number of seconds {(allowsZero ? "from" : "above")} 0, at most {MaxSeconds}.");
    }

    /// <summary>Returns a whole number that is not negative; 0 when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public long Number(string name)
    {
        if (Find(name) is not { } value) return 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
            ? number
            : throw new ArgumentException($"The argument '{name}' must be a whole number of at least 0.");
    }

    /// <summary>Returns a list of strings that must be there, with one at least.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
            && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. list.EnumerateArray().Select(item => item.GetString()!)];
        }

        throw new ArgumentException($"The argument '{name}' must be a list of strings that is not empty.");
    }

    /// <summary>Returns an object of strings; null when it is not there.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public IReadOnlyDictionary<string, string>? Variables(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) throw new ArgumentException($"The argument '{name}' must be an object of strings.");
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String) throw new ArgumentException($"The argument '{name}' must be an object of strings.");
            variables[property.Name] = property.Value.GetString()!;
        }

        return variables;
    }

    private JsonElement? Find(string name) =>
        values is not null && values.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;
}
