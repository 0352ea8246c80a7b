using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>Where a run of a notebook is.</summary>
/// <param name="Cell">The cell that begins or has ended.</param>
/// <param name="Number">Which of the cells to run it is, from 1.</param>
/// <param name="Total">How many cells are to be run.</param>
/// <param name="End">How it ended; null while it has not.</param>
public sealed record NotebookProgress(NotebookCell Cell, int Number, int Total, ExecutionEnd? End);
