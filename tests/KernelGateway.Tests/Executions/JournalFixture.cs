using System.Text;
using KernelGateway.Executions;
using KernelGateway.Memory;
using KernelGateway.Telemetry;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Tests.Executions;

/// <summary>Creates journals whose memory, disk and clock the test controls.</summary>
internal sealed class JournalFixture : IDisposable
{
    public static readonly TimeSpan ReaderIdleTimeout = TimeSpan.FromMinutes(10);

    private readonly ReaderWatch _readers;

    public JournalFixture(
        long maxMemory = long.MaxValue / 4,
        long maxSpillBytes = long.MaxValue,
        FaultyDisk? disk = null,
        GatewayTelemetry? telemetry = null)
    {
        Memory = new MemoryAccount(maxMemory);
        Spill = new SpillSpace(Path.GetTempPath(), maxSpillBytes, Log.CreateLogger("test"), Time, disk is null ? null : disk.Open);
        _readers = new ReaderWatch(ReaderIdleTimeout, Log.CreateLogger("test"), Time);
        Store = new JournalStore(Memory, Spill, _readers, telemetry);
    }

    public ManualTimeProvider Time { get; } = new();

    public LogCollector Log { get; } = new();

    public MemoryAccount Memory { get; }

    public SpillSpace Spill { get; }

    public JournalStore Store { get; }

    public int Warnings => Log.Entries.Count(entry => entry.Level >= LogLevel.Warning);

    public ExecutionJournal NewJournal(long memoryLimitBytes = 4096, long maxBytes = long.MaxValue) => new(Store, memoryLimitBytes, maxBytes);

    public long Print(ExecutionJournal journal, string text) =>
        journal.Append(ExecutionEventKind.Stdout, Time.GetUtcNow(), Encoding.UTF8.GetBytes($"\"{text}\""));

    public ExecutionEnd End(ExecutionJournal journal) =>
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed, IsComplete = true }, Time.GetUtcNow());

    public static List<string> ReadAll(ExecutionJournal journal)
    {
        using var reader = journal.OpenReader(0);
        var texts = new List<string>();
        while (reader.TryRead() is { } entry)
        {
            texts.Add(Encoding.UTF8.GetString(entry.Payload.Span));
            entry.Release();
        }

        return texts;
    }

    public void Dispose() => _readers.Dispose();
}
