using KernelGateway.Processes.Monitoring;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>One stream of a process, on its way into the journal.</summary>
internal sealed class JournalSink(OutputJournal journal, ProcessOutputKind kind) : IOutputSink
{
    private int _hasEnded;

    public bool IsFull => journal.IsFull;

    public void Append(ReadOnlySpan<byte> bytes) => journal.Append(kind, bytes);

    public void Complete()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0) journal.EndStream();
    }
}
