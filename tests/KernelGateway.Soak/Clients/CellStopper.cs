using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Clients;

/// <summary>Stops cells that do not end by themselves.</summary>
internal static class CellStopper
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(3);

    /// <summary>Returns the faults that a cell may cause at any time while it waits or runs.</summary>
    public static FaultKind FaultsOf(Cell cell) =>
        (cell.Kind == CellKind.Dies ? FaultKind.Kill : FaultKind.None)
        | (cell.NeedsStop || cell.Timeout is not null ? FaultKind.Stop : FaultKind.None);

    /// <summary>Interrupts repeatedly until the execution has ended. The first attempts may come before it runs.</summary>
    /// <param name="delay">The time before the first interrupt.</param>
    /// <param name="interrupt">Interrupts the cell.</param>
    /// <param name="tally">Counts the interrupts.</param>
    /// <param name="ended">A token that is cancelled when the execution has ended.</param>
    public static async Task StopAsync(TimeSpan delay, Func<CancellationToken, Task> interrupt, Tally tally, CancellationToken ended)
    {
        try
        {
            await Task.Delay(delay, ended);
            while (true)
            {
                tally.Add(Tally.Interrupts);
                await interrupt(ended);
                await Task.Delay(BetweenAttempts, ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The execution has ended.
        }
    }
}
