using Microsoft.Extensions.Logging;

namespace KernelGateway.Executions;

/// <summary>
/// Closes readers that read nothing for too long although entries wait, so that they do not retain memory.
/// </summary>
/// <remarks>A timer runs only while there are readers. It compares positions, so reading has no additional cost.</remarks>
internal sealed partial class ReaderWatch(TimeSpan idleTimeout, ILogger logger, TimeProvider time) : IDisposable
{
    private const int LooksPerTimeout = 4;

    private readonly ILogger _logger = logger;
    private readonly Lock _gate = new();
    private readonly HashSet<JournalReader> _readers = [];
    private readonly TimeSpan _interval = idleTimeout / LooksPerTimeout;
    private ITimer? _timer;
    private bool _disposed;

    public void Add(JournalReader reader)
    {
        reader.LastProgress = time.GetTimestamp();
        lock (_gate)
        {
            if (_disposed) return;
            _readers.Add(reader);
            if (_readers.Count > 1) return;
            if (_timer is null) _timer = time.CreateTimer(_ => Look(), null, _interval, Timeout.InfiniteTimeSpan);
            else _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    public void Remove(JournalReader reader)
    {
        lock (_gate)
        {
            if (_readers.Remove(reader) && _readers.Count == 0) _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _readers.Clear();
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        JournalReader[] readers;
        lock (_gate)
        {
            if (_disposed || _readers.Count == 0) return;
            readers = [.. _readers];
            _timer!.Change(_interval, Timeout.InfiniteTimeSpan);
        }

        foreach (var reader in readers)
        {
            if (!reader.NoteProgress(time.GetTimestamp()) && time.GetElapsedTime(reader.LastProgress) >= idleTimeout)
            {
                if (reader.Cut(idleTimeout)) LogCut(reader.Position, idleTimeout.TotalSeconds);
            }
        }
    }

    [LoggerMessage(4152, LogLevel.Information,
        "A reader of an execution's events took nothing for {Seconds} s and was cut; it can read on behind event {Position} while they are kept.")]
    private partial void LogCut(long position, double seconds);
}
