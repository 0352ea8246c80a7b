using Microsoft.Extensions.Logging;

namespace KernelGateway.Testing.Logging;

/// <summary>Keeps every log entry of every level, so that tests can examine and await entries.</summary>
public sealed class LogCollector : ILoggerFactory, ILoggerProvider
{
    private readonly AwaitableLog<LogEntry> _entries = new();

    /// <summary>Gets all entries so far.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries.Items;

    /// <summary>Gets all entries so far as one text, with values and exceptions.</summary>
    public string Text => string.Join('\n', Entries);

    /// <inheritdoc cref="ILoggerFactory.CreateLogger"/>
    public ILogger CreateLogger(string categoryName) => new CollectingLogger(categoryName, _entries);

    /// <summary>Creates a logger for a type.</summary>
    /// <typeparam name="T">The type whose name is the category.</typeparam>
    public ILogger<T> CreateLogger<T>() => new Logger<T>(this);

    /// <summary>Waits for an entry.</summary>
    /// <param name="isWanted">Selects the entry.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The first such entry, already logged or still to come.</returns>
    public Task<LogEntry> WaitForAsync(Func<LogEntry, bool> isWanted, CancellationToken cancellationToken) =>
        _entries.WaitForAsync(isWanted, cancellationToken);

    /// <summary>Waits for an entry with an event id.</summary>
    /// <param name="eventId">The event id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The first such entry, already logged or still to come.</returns>
    public Task<LogEntry> WaitForAsync(int eventId, CancellationToken cancellationToken) =>
        WaitForAsync(entry => entry.EventId.Id == eventId, cancellationToken);

    /// <summary>Waits for the n-th entry with an event id.</summary>
    /// <param name="eventId">The event id.</param>
    /// <param name="number">The number of the entry, from 1.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>That entry, already logged or still to come.</returns>
    public Task<LogEntry> WaitForAsync(int eventId, int number, CancellationToken cancellationToken) =>
        _entries.WaitForAsync(entry => entry.EventId.Id == eventId, number, cancellationToken);

    /// <summary>Always throws, because a collector does not pass entries on to other providers.</summary>
    /// <param name="provider">Not used.</param>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A collector is where logging ends.");

    /// <summary>Does nothing. The collected entries stay readable.</summary>
    public void Dispose()
    {
    }
}
