using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Tests.Contexts;

/// <summary>Keeps a scripted kernel from publishing faster than the gateway reads, so that its socket drops nothing.</summary>
internal static class FloodControl
{
    /// <summary>Waits until the journal of the current execution has the given number of events.</summary>
    public static async Task WaitUntilJournalledAsync(
        CodeContext context, int sent, CancellationToken cancellationToken)
    {
        using var reader = context.CurrentExecution!.Journal.OpenReader(sent - 1);
        JournalEntry? entry;
        while ((entry = reader.TryRead()) is null) await reader.WhenAppended()!.WaitAsync(cancellationToken);
        entry.Release();
    }
}
