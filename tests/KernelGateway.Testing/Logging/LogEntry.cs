using Microsoft.Extensions.Logging;

namespace KernelGateway.Testing.Logging;

/// <summary>Is one thing that was logged.</summary>
/// <param name="Category">The logger's name.</param>
/// <param name="Level">The level.</param>
/// <param name="EventId">The event's id and name.</param>
/// <param name="Message">The formatted message.</param>
/// <param name="Values">The message's values by name.</param>
/// <param name="Exception">The exception, if any.</param>
public sealed record LogEntry(
    string Category, LogLevel Level, EventId EventId, string Message, IReadOnlyList<KeyValuePair<string, object?>> Values,
    Exception? Exception)
{
    /// <summary>Gets a value by name; null when there is none.</summary>
    /// <param name="name">The name, as in the message's template.</param>
    public object? this[string name] => Values.FirstOrDefault(value => value.Key == name).Value;

    /// <summary>Gives everything that was logged, for instance to make sure that no secret is in it.</summary>
    public override string ToString()
    {
        var values = string.Join(", ", Values.Select(value => $"{value.Key}={value.Value}"));
        return $"{Level} {Category}[{EventId.Id}] {Message} {{{values}}} {Exception}";
    }
}
