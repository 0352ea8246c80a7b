using System.ComponentModel;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Notebooks.Bodies;

/// <summary>The answer of <c>POST /api/notebooks/execute</c>.</summary>
[Description("What came of the run.")]
internal sealed record NotebookRunBody(
    [property: Description("`ok` when all cells were run, else why not: `error`, `timed_out`, `interrupted`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")]
    string Status,
    [property: Description("How many cells the kernel ran, the one that failed among them.")] int Cells,
    [property: Description("How many cells there were to run.")] int CellsTotal,
    [property: Description("Why the run ended before the last cell; null when it did not.")] NotebookErrorBody? Error,
    [property: Description("The notebook, with its outputs as far as it was run.")] NotebookDocument? Notebook)
{
    /// <summary>Makes the answer's JSON, of which the notebook's becomes a part.</summary>
    public static JObject Write(NotebookRun run)
    {
        var error = run.Failure is { } failure ? NotebookErrorBody.Of(failure) : null;
        var status = run.IsComplete ? "ok" : ExecutionEnd.WireName(run.Reason);
        var json = (JObject)JsonAnswer.ToToken(new NotebookRunBody(status, run.CellsRun, run.CellsTotal, error, Notebook: null));
        json["notebook"] = run.Notebook.Json;
        return json;
    }
}
