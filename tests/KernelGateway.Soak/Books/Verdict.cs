using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Books;

/// <summary>Finds errors in the end of an execution and in its received output.</summary>
internal static class Verdict
{
    public static IEnumerable<string> Find(ExecutionEntry entry)
    {
        var receipt = entry.Receipt;
        receipt.Close();
        if (!GarblesWhenInterrupted(entry))
        {
            foreach (var problem in receipt.Problems) yield return problem;
        }

        if (entry.Ends != 1) yield return $"it ended {entry.Ends} times";
        if (entry.End is not { } end) yield break;

        var expected = entry.Cell.Lines;
        if (receipt.Last > expected) yield return $"line {receipt.Last} came, but the code prints {expected}";
        if (MustBeWhole(entry, end) && receipt.Last != expected && receipt.ReportedDroppedMessages == 0)
        {
            yield return $"it ended as {end.Reason}, complete, with {receipt.Last} of {expected} lines";
        }

        var faults = entry.Faults.Since(entry.SubmittedAt);
        if (!IsExplained(entry, end, faults))
        {
            yield return $"it ended as {end.Reason} and nothing explains it (faults of the context: {faults}; message: {end.Message ?? "none"})";
        }
    }

    // Completed code has printed all lines. Code that was stopped or that died has printed some of them, and LineReceipt checks that these are the
    // first ones without a gap.
    private static bool MustBeWhole(ExecutionEntry entry, EndNote end) =>
        entry.Cell.Lines is not null
        && (end.Reason == EndNote.Completed || (end.Reason == EndNote.Error && entry.Cell.Kind == CellKind.Fails))
        && (end.IsComplete || entry.Cell.Kind is CellKind.LosesIdle or CellKind.LosesReply)
        && !PublishesBehindItsEnd(entry)
        && (entry.Faults.Since(entry.SubmittedAt) & FaultKind.Stop) == 0;

    // Deno publishes asynchronously: under load a line arrives after the end, where readers of the event stream have stopped.
    private static bool PublishesBehindItsEnd(ExecutionEntry entry) => entry.KernelName == "deno";

    // IRkernel does not catch an interrupt between the evaluations of a cell: R then prints "Execution halted" and exits.
    private static bool DiesOfInterrupts(ExecutionEntry entry) => entry.KernelName == "ir";

    // Octave that is interrupted in printf prints a line without its number, or one line twice and another one not at all.
    private static bool GarblesWhenInterrupted(ExecutionEntry entry) =>
        entry.KernelName == "octave" && (entry.Faults.Since(entry.SubmittedAt) & FaultKind.Stop) != 0;

    // IRkernel aborts requests after a failed cell whatever stop_on_error says. WebSocket clients queue their cells in the kernel.
    private static bool AbortsBehindFailures(ExecutionEntry entry) => entry is { KernelName: "ir", Surface: "WebSocket" };

    private static bool IsExplained(ExecutionEntry entry, EndNote end, FaultKind faults) => end.Reason switch
    {
        EndNote.Completed => entry.Cell.Kind is not (CellKind.Endless or CellKind.Sleeps or CellKind.Stubborn or CellKind.Fails)
            || faults != FaultKind.None,
        EndNote.Error => entry.Cell.Kind == CellKind.Fails || faults != FaultKind.None,
        EndNote.Unanswered => entry.Cell.Kind == CellKind.LosesReply,
        EndNote.Interrupted => (faults & FaultKind.Stop) != 0,
        EndNote.TimedOut => entry.Cell.Timeout is not null,
        EndNote.KernelDied => (faults & (FaultKind.Kill | (DiesOfInterrupts(entry) ? FaultKind.Stop : FaultKind.None))) != 0,
        EndNote.Aborted => faults != FaultKind.None || AbortsBehindFailures(entry),
        EndNote.Restarted or EndNote.Rejected => faults != FaultKind.None,
        EndNote.Removed => (faults & (FaultKind.Removal | FaultKind.Kill)) != 0,
        _ => false,
    };
}
