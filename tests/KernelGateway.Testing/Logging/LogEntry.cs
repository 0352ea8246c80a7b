using Microsoft.Extensions.Logging;

namespace KernelGateway.Testing.Logging;

/// <summary>One log entry.</summary>
/// <param name="Category">The logger's name.</param>
/// <param name="Level">The level.</param>
/// <param name="EventId">The event's id and name.</param>
/// <param name="Message">The formatted message.</param>
/// <param name="Values">The values of the message by name.</param>
/// <param name="Exception">The exception, if any.</param>
public sealed record LogEntry(
    string Category, LogLevel Level, EventId EventId, string Message, IReadOnlyList<KeyValuePair<string, object?>> Values,
    Exception? Exception)
{
    /// <summary>Gets a value by name; null when the entry has no such value.</summary>
    /// <param name="name">The name, as in the message template.</param>
    public object? this[string name] => Values.FirstOrDefault(value => value.Key == name).Value;

    /// <summary>Returns the whole entry as text, for instance to assert that it contains no secret.</summary>
    public override string ToString()
    {
        var values = string.Join(", ", Values.Select(value => $"{value.Key}={value.Value}"));
        return $"{Level} {Category}[{EventId.Id}] {Message} {{{values}}} {Exception}";
    }
}
