using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>How a notebook is run.</summary>
public sealed class NotebookRunOptions
{
    /// <summary>
    /// Gets or sets a value indicating whether the run continues after a cell that raises an error. Default: false.
    /// </summary>
    /// <value>
    /// A cell with the tag <c>raises-exception</c> may raise errors in any case. A dead kernel and an exceeded time limit always
    /// end the run.
    /// </value>
    public bool AllowErrors { get; set; }

    /// <summary>
    /// Gets or sets how long one cell may run. When it passes, the cell is interrupted and the run has ended.
    /// </summary>
    /// <value>As <see cref="ExecutionOptions.Timeout"/>: usually no limit by default.</value>
    public TimeSpan? CellTimeout { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the metadata of each cell contain the times of its run (<c>execution</c>).
    /// Default: false.
    /// </summary>
    public bool RecordTiming { get; set; }

    /// <summary>Gets or sets the approximate limit of the outputs of the notebook, in bytes; at least 1.</summary>
    /// <value>
    /// Default: 256 MiB, all in memory. The cell that exceeds it is interrupted and the run ends. Cleared output does not count.
    /// </value>
    public long MaxOutputBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Gets or sets the stop cause of a cell when the caller's token fires: a disconnected client is another cause than a
    /// request.
    /// </summary>
    internal ExecutionStopCause CancelledBy { get; set; } = ExecutionStopCause.Request;
}
