using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>How a notebook is run.</summary>
public sealed class NotebookRunOptions
{
    /// <summary>Gets or sets a value indicating whether the cells behind one that raises are run all the same. Default: false.</summary>
    /// <value>A cell with the tag <c>raises-exception</c> may raise in any case. A dead kernel and a time limit that passed end the run always.</value>
    public bool AllowErrors { get; set; }

    /// <summary>
    /// Gets or sets how long one cell may run. Default: no limit; at most 49 days. When it passes, the cell is interrupted and
    /// the run has ended.
    /// </summary>
    public TimeSpan? CellTimeout { get; set; }

    /// <summary>Gets or sets a value indicating whether the metadata of each cell say when it ran (<c>execution</c>). Default: false.</summary>
    public bool RecordTiming { get; set; }

    /// <summary>Gets or sets how much the outputs of the notebook may hold, in about so many bytes; at least 1.</summary>
    /// <value>
    /// Default: 256 MiB, all in memory. The cell that passes it is interrupted and the run has ended. What was cleared does not
    /// count.
    /// </value>
    public long MaxOutputBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Gets or sets who stops a cell when the caller's token fires: a client that disconnected is a different cause than a
    /// request.
    /// </summary>
    internal ExecutionStopCause CancelledBy { get; set; } = ExecutionStopCause.Request;

    /// <summary>Gets or sets the callback that is called before each cell that is run. It should be quick.</summary>
    public Action<NotebookProgress>? OnCellStarting { get; set; }

    /// <summary>Gets or sets what is called, and waited for, after each cell that was run, its outputs filled in.</summary>
    /// <value>
    /// Later cells and threads of the code may still change these outputs; the notebook at the end is authoritative.
    /// </value>
    public Func<NotebookProgress, CancellationToken, Task>? OnCellEnded { get; set; }

    /// <summary>
    /// Gets or sets the callback that is called with every event of every cell, as it comes. It should be quick.
    /// </summary>
    public Action<NotebookCell, ExecutionEvent>? OnEvent { get; set; }
}
