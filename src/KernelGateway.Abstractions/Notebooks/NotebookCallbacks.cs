using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>The callbacks of a run of a notebook.</summary>
/// <remarks>
/// The calls come one after another, in the order of the cells and their events. An exception interrupts the cell and reaches the
/// caller.
/// </remarks>
public sealed class NotebookCallbacks
{
    /// <summary>Gets or sets the callback that is called before each cell that is run. It should be quick.</summary>
    public Action<NotebookProgress>? OnCellStarting { get; set; }

    /// <summary>Gets or sets the callback that is awaited after each run cell, with its outputs filled in.</summary>
    /// <value>
    /// Later cells and threads of the code may still change these outputs; the notebook at the end is authoritative.
    /// </value>
    public Func<NotebookProgress, CancellationToken, Task>? OnCellEnded { get; set; }

    /// <summary>
    /// Gets or sets the callback that is called with every event of every cell, as it comes. It should be quick.
    /// </summary>
    public Action<NotebookCell, ExecutionEvent>? OnEvent { get; set; }
}
