using KernelGateway.Soak.Faults;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Soak.Books;

/// <summary>Writes what the gateway in this process logs to a file, and reports errors, but those that the soak's own code makes.</summary>
internal sealed class ErrorLog(string path, FindingList findings) : ILoggerProvider
{
    private readonly StreamWriter _file = new(path) { AutoFlush = true };

    public ILogger CreateLogger(string categoryName) => new Category(this);

    public void Dispose() => _file.Dispose();

    private void Write(LogLevel level, string text, Exception? exception)
    {
        lock (_file) _file.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {level} {text}{(exception is null ? "" : Environment.NewLine + exception)}");
        if (level >= LogLevel.Error && !IsExpected($"{text} {exception?.Message}")) findings.Add("log", $"the gateway in this process logged an error: {text} {exception?.Message}");
    }

    // The gateway says of code that is not its own that it failed, and goes on.
    private static bool IsExpected(string text) =>
        text.Contains(UnreliableProvisioner.Message, StringComparison.Ordinal)
        || text.Contains(ThrowingObserver.Message, StringComparison.Ordinal)
        || text.Contains("The callback of the soak", StringComparison.Ordinal);

    private sealed class Category(ErrorLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, formatter(state, exception), exception);
        }
    }
}
