using KernelGateway.Soak.Cells;

namespace KernelGateway.Soak.Books;

/// <summary>One execution, from its submission to its end.</summary>
internal sealed class ExecutionEntry
{
    private const int ShortCellLines = 100;
    private const int MaxRawLines = 300;

    private readonly List<string> _rawLines = [];
    private bool _isIncomplete;

    public required Cell Cell { get; init; }

    /// <summary>Gets the actor and the step that submitted it, for finding the cause of a failure.</summary>
    public required string Origin { get; init; }

    /// <summary>Gets the interface through which it was submitted: HTTP, WebSocket or in process.</summary>
    public required string Surface { get; init; }

    public required string KernelName { get; init; }

    public required bool IsReal { get; init; }

    public required string ContextId { get; init; }

    public required FaultLog Faults { get; init; }

    public required long SubmittedAt { get; init; }

    /// <summary>Gets or sets the execution id, once it is known.</summary>
    public string? ExecutionId { get; set; }

    public required LineReceipt Receipt { get; init; }

    /// <summary>Gets or sets the sequence number of the last event that was read.</summary>
    public long LastSequence { get; set; }

    /// <summary>Gets the lines of the responses, when they are few.</summary>
    public IReadOnlyList<string> RawLines => _rawLines;

    /// <summary>Gets the end; null before it is reported.</summary>
    public EndNote? End { get; private set; }

    /// <summary>Gets the number of ends that were reported.</summary>
    public int Ends { get; private set; }

    public void NoteRaw(string line)
    {
        if (Cell.Lines is <= ShortCellLines && _rawLines.Count < MaxRawLines) _rawLines.Add(line);
    }

    public void NoteEnd(EndNote end)
    {
        Ends++;
        End ??= _isIncomplete ? end with { IsComplete = false } : end;
    }

    /// <summary>Notes that the gateway has said that output may be missing, before or after the end.</summary>
    public void NoteIncomplete()
    {
        _isIncomplete = true;
        if (End is not null) End = End with { IsComplete = false };
    }

    public override string ToString() =>
        $"{Cell.Token} ({Cell.Kind}, {Cell.Lines?.ToString() ?? "any number of"} lines) on {KernelName} over {Surface}, by {Origin}, "
        + $"context {ContextId}, execution {ExecutionId ?? "unknown"}";
}
