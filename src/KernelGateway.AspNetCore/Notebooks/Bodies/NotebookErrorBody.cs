using System.ComponentModel;
using KernelGateway.Executions;
using KernelGateway.Notebooks;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>Why a run of a notebook ended before its last cell.</summary>
[Description("Why the run ended before the last cell.")]
internal sealed record NotebookErrorBody(
    [property: Description("The place of the cell among all cells, from 0.")] int Cell,
    [property: Description("The id of the cell, or null.")] string? CellId,
    [property: Description("What stopped it: `time_limit`, `request`, `output_limit` or `disconnect`; null when nothing did.")] string? StoppedBy,
    [property: Description("What was raised, or `DeadKernelError`, `CellTimeoutError`, `ExecutionInterrupted`, `KernelRestarted`, `ContextRemoved`, `ExecutionRejected`, `ExecutionUnanswered`.")]
    string Ename,
    [property: Description("Its message.")] string Evalue,
    [property: Description("Its traceback, as the kernel wrote it.")] IReadOnlyList<string> Traceback)
{
    public static NotebookErrorBody Of(NotebookFailure failure) =>
        new(failure.Cell.Index, failure.Cell.Id, failure.StoppedBy is { } cause ? ExecutionEnd.WireName(cause) : null, failure.Error.Name, failure.Error.Value, failure.Error.Traceback);
}
