using Microsoft.Extensions.Logging;

namespace KernelGateway.Testing.Logging;

/// <summary>Keeps everything that is logged, at every level, for tests to look at and to wait for.</summary>
public sealed class LogCollector : ILoggerFactory, ILoggerProvider
{
    private readonly AwaitableLog<LogEntry> _entries = new();

    /// <summary>Gets all entries so far.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries.Items;

    /// <summary>Gets all that was logged so far as one text, values and exceptions included.</summary>
    public string Text => string.Join('\n', Entries);

    /// <inheritdoc cref="ILoggerFactory.CreateLogger"/>
    public ILogger CreateLogger(string categoryName) => new CollectingLogger(categoryName, _entries);

    /// <summary>Makes a logger for a type.</summary>
    /// <typeparam name="T">The type whose name is the category.</typeparam>
    public ILogger<T> CreateLogger<T>() => new Logger<T>(this);

    /// <summary>Waits for an entry.</summary>
    /// <param name="isWanted">Which entry.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The first one, past or future.</returns>
    public Task<LogEntry> WaitForAsync(Func<LogEntry, bool> isWanted, CancellationToken cancellationToken) =>
        _entries.WaitForAsync(isWanted, cancellationToken);

    /// <summary>Waits for an entry by the number of its event.</summary>
    /// <param name="eventId">The event's number.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The first one, past or future.</returns>
    public Task<LogEntry> WaitForAsync(int eventId, CancellationToken cancellationToken) =>
        WaitForAsync(entry => entry.EventId.Id == eventId, cancellationToken);

    /// <summary>Waits for the n-th entry with the number of an event.</summary>
    /// <param name="eventId">The event's number.</param>
    /// <param name="number">Which one of them, from 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>That entry, past or future.</returns>
    public Task<LogEntry> WaitForAsync(int eventId, int number, CancellationToken cancellationToken) =>
        _entries.WaitForAsync(entry => entry.EventId.Id == eventId, number, cancellationToken);

    /// <summary>Is not supported: a collector is where logging ends.</summary>
    /// <param name="provider">Not used.</param>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A collector is where logging ends.");

    /// <summary>Does nothing: what was collected stays readable.</summary>
    public void Dispose()
    {
    }
}
