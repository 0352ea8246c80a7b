using KernelGateway.Soak.Faults;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Soak.Books;

/// <summary>Writes the log of the gateway in this process to a file and reports errors, except those that the soak's own code causes.</summary>
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

    // The gateway logs failures of host code and continues.
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
