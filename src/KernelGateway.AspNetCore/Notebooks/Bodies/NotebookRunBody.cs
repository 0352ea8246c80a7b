using System.ComponentModel;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>The answer of <c>POST /api/notebooks/execute</c>.</summary>
[Description("The result of the run.")]
internal sealed record NotebookRunBody(
    [property: Description("`ok` if all cells were run, otherwise the reason: `error`, `timed_out`, `interrupted`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")]
    string Status,
    [property: Description("How many cells the kernel ran, including the one that failed.")] int Cells,
    [property: Description("How many cells the notebook has to run.")] int CellsTotal,
    [property: Description("Why the run ended before the last cell; null if it did not.")] NotebookErrorBody? Error,
    [property: Description("The notebook, with the outputs of the cells that were run.")] NotebookDocument? Notebook)
{
    /// <summary>Creates the answer's JSON, of which the notebook's becomes a part.</summary>
    public static JObject Write(NotebookRun run)
    {
        var error = run.Failure is { } failure ? NotebookErrorBody.From(failure) : null;
        var status = run.IsComplete ? "ok" : ExecutionEnd.WireName(run.Reason);
        var json = (JObject)JsonAnswer.ToToken(new NotebookRunBody(status, run.CellsRun, run.CellsTotal, error, Notebook: null));
        json["notebook"] = run.Notebook.Json;
        return json;
    }
}

/// <summary>Why a run of a notebook ended before its last cell.</summary>
[Description("Why the run ended before the last cell.")]
internal sealed record NotebookErrorBody(
    [property: Description("The index of the cell among all cells, from 0.")] int Cell,
    [property: Description("The id of the cell, or null.")] string? CellId,
    [property: Description("Why the gateway interrupted it: `time_limit`, `request`, `output_limit` or `disconnect`; null if it did not.")] string? StoppedBy,
    [property: Description("The name of the raised error, or `DeadKernelError`, `CellTimeoutError`, `ExecutionInterrupted`, `KernelRestarted`, `ContextRemoved`, `ExecutionRejected`, `ExecutionUnanswered`.")]
    string Ename,
    [property: Description("Its message.")] string Evalue,
    [property: Description("Its traceback, as the kernel wrote it.")] IReadOnlyList<string> Traceback)
{
    public static NotebookErrorBody From(NotebookFailure failure) =>
        new(failure.Cell.Index, failure.Cell.Id, failure.StoppedBy is { } cause ? ExecutionEnd.WireName(cause) : null, failure.Error.Name, failure.Error.Value, failure.Error.Traceback);
}

/// <summary>Describes a notebook as far as its own format's description is needed to find it.</summary>
[Description("A notebook of Jupyter's format 4 (nbformat).")]
internal sealed record NotebookDocument(
    [property: Description("The cells. The outputs that the gateway writes contain text as one string.")]
    IReadOnlyList<IReadOnlyDictionary<string, object>> Cells,
    [property: Description("The notebook's metadata; `kernelspec` and `language_info` are those of the kernel it was run in.")]
    IReadOnlyDictionary<string, object> Metadata,
    [property: Description("4")] int Nbformat,
    [property: Description("The minor version, from 0; cells have ids from 5 on.")] int NbformatMinor);
