using KernelGateway.Soak.Books;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak;

/// <summary>The state that all actors of one run share.</summary>
internal sealed record SoakState(
    int Seed, Workplace Workplace, ExecutionBook Book, Tally Tally, FindingList Findings, Watch Watch, TimeProvider Time)
{
    private static int _number;

    /// <summary>Creates a unique token for a cell.</summary>
    public string NextToken() => $"{Cells.Cell.TokenPrefix}{Seed}-{Interlocked.Increment(ref _number)}";

    public ExecutionEntry CreateEntry(Cells.Cell cell, SoakContext context, string surface, string origin) => new()
    {
        Cell = cell,
        Origin = origin,
        Surface = surface,
        KernelName = context.Kind.SpecName,
        IsReal = context.Kind.IsReal,
        ContextId = context.Id,
        Faults = context.Faults,
        SubmittedAt = Time.GetTimestamp(),
        Receipt = new LineReceipt(cell.Token, acceptsForeignLines: context.Kind.PublishesBehindIdle),
    };
}
