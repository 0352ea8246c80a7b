using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>The progress of a run of a notebook.</summary>
/// <param name="Cell">The cell that begins or has ended.</param>
/// <param name="Number">The number of the cell among the cells to run, from 1.</param>
/// <param name="Total">How many cells are to be run.</param>
/// <param name="End">How it ended; null before its end.</param>
public sealed record NotebookProgress(NotebookCell Cell, int Number, int Total, ExecutionEnd? End);
