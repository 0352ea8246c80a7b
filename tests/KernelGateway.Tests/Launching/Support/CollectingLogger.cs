using System.Collections.Concurrent;
using KernelGateway.Launching.Local;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>Keeps every line at every level, and lets a test await a line with a given text.</summary>
internal sealed class CollectingLogger : ILogger<LocalKernelProvisioner>
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();

    public string[] Lines => [.. _lines];

    public Task WaitForAsync(string text)
    {
        var awaited = _awaited.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_lines.Any(line => line.Contains(text))) awaited.TrySetResult();
        return awaited.Task;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{formatter(state, exception)} {exception}";
        _lines.Enqueue(line);
        foreach (var (text, awaited) in _awaited)
            if (line.Contains(text)) awaited.TrySetResult();
    }
}
