using BenchmarkDotNet.Attributes;
using KernelGateway.Executions;

namespace KernelGateway.Benchmarks.Micro;

/// <summary>Appends stream events to a journal and reads each of them, as one execution with one reader does.</summary>
public class JournalBenchmarks
{
    private const int Events = 64;

    private byte[] _payload = [];

    /// <summary>Gets or sets the length of one event's payload in bytes.</summary>
    [Params(16, 1 << 20)]
    public int PayloadBytes { get; set; }

    /// <summary>Creates the payload.</summary>
    [GlobalSetup]
    public void Fill() => _payload = new byte[PayloadBytes];

    /// <summary>Appends and reads 64 events that stay in memory.</summary>
    /// <returns>The bytes read.</returns>
    [Benchmark(OperationsPerInvoke = Events)]
    public long AppendAndRead()
    {
        using var journal = new ExecutionJournal(memoryLimitBytes: int.MaxValue, Path.GetTempPath());
        using var reader = journal.OpenReader(0);
        var bytes = 0L;
        for (var i = 0; i < Events; i++)
        {
            journal.Append(ExecutionEventKind.Stdout, DateTimeOffset.UnixEpoch, _payload);
            var entry = reader.TryRead()!;
            bytes += entry.Payload.Length;
            entry.Release();
        }

        return bytes;
    }
}
