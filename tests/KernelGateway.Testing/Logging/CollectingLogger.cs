using Microsoft.Extensions.Logging;

namespace KernelGateway.Testing.Logging;

/// <summary>Writes into a <see cref="LogCollector"/>.</summary>
internal sealed class CollectingLogger(string category, AwaitableLog<LogEntry> entries) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // The values are copied at once, because the structs of generated log methods are reused.
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? pairs.ToArray() : [];
        entries.Add(new LogEntry(category, logLevel, eventId, formatter(state, exception), values, exception));
    }
}
