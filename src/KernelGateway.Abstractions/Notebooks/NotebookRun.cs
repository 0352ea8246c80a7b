using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>The result of running a notebook.</summary>
/// <param name="Notebook">The notebook, with its outputs filled in as far as it was run.</param>
/// <param name="CellsRun">How many cells the kernel ran, the one that failed among them.</param>
/// <param name="CellsTotal">How many cells were to be run.</param>
/// <param name="Failure">Why it ended early; null when all cells were run.</param>
public sealed record NotebookRun(Notebook Notebook, int CellsRun, int CellsTotal, NotebookFailure? Failure)
{
    /// <summary>Gets a value indicating whether all cells were run.</summary>
    public bool IsComplete => Failure is null;

    /// <summary>Gets how it ended: <see cref="ExecutionEndReason.Completed"/>, or the reason of the cell at which it stopped.</summary>
    public ExecutionEndReason Reason => Failure?.Reason ?? ExecutionEndReason.Completed;
}
