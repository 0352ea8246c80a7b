using KernelGateway.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace KernelGateway.Server.Serve;

/// <summary>Formats one line per log entry. Text from outside cannot start another line or control the terminal.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "kernel-gateway";

    // Long enough for a stack trace or the stderr tail of a kernel.
    private const int MaxLength = 16 << 10;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Exception is not null) message = $"{message} {logEntry.Exception}";
        var line = OutsideText.Escape(message.ReplaceLineEndings(" "), MaxLength);
        textWriter.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {NameOf(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {line}");
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
