using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Tests.Contexts;

/// <summary>Keeps a scripted kernel from publishing more than a subscriber may have waiting.</summary>
internal static class FloodControl
{
    /// <summary>Waits until the gateway has journalled so many events.</summary>
    public static async Task WaitUntilJournalledAsync(
        CodeContext context, int sent, CancellationToken cancellationToken)
    {
        using var reader = context.CurrentExecution!.Journal.OpenReader(sent - 1);
        JournalEntry? entry;
        while ((entry = reader.TryRead()) is null) await reader.WhenAppended()!.WaitAsync(cancellationToken);
        entry.Release();
    }
}
