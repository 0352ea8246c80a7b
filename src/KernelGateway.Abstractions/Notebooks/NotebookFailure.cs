using KernelGateway.Executions;

namespace KernelGateway.Notebooks;

/// <summary>Why a run of a notebook ended before its last cell.</summary>
/// <param name="Cell">The cell at which it ended.</param>
/// <param name="Reason">How that cell ended.</param>
/// <param name="Error">The error that it raised, or one that describes the reason: <c>DeadKernelError</c>,
/// <c>CellTimeoutError</c> and so on.</param>
public sealed record NotebookFailure(NotebookCell Cell, ExecutionEndReason Reason, ExecutionError Error)
{
    /// <summary>Gets the cause that stopped the cell; null when it was not stopped.</summary>
    public ExecutionStopCause? StoppedBy { get; init; }

    /// <summary>Returns the failure of a cell that ended in any way but well.</summary>
    internal static NotebookFailure Create(NotebookCell cell, ExecutionEnd end, ExecutionError? raised) =>
        new(cell, end.Reason, end.Reason == ExecutionEndReason.Error && raised is not null ? raised : Stand(end)) { StoppedBy = end.StoppedBy };

    // The first two names are those of Jupyter's own runner of notebooks.
    private static ExecutionError Stand(ExecutionEnd end) => end.Reason switch
    {
        ExecutionEndReason.KernelDied => Named("DeadKernelError", end, "The kernel died."),
        ExecutionEndReason.TimedOut => Named("CellTimeoutError", end, "The time limit of the cell passed."),
        ExecutionEndReason.Interrupted => Named("ExecutionInterrupted", end, "The cell was interrupted."),
        ExecutionEndReason.Restarted => Named("KernelRestarted", end, "The kernel was restarted."),
        ExecutionEndReason.Removed => Named("ContextRemoved", end, "The context was removed."),
        ExecutionEndReason.Rejected => Named("ExecutionRejected", end, "The kernel did not run the cell."),
        ExecutionEndReason.Unanswered => Named("ExecutionUnanswered", end, "The kernel did not answer."),
        _ => Named("ExecutionError", end, "The cell failed."),
    };

    private static ExecutionError Named(string name, ExecutionEnd end, string otherwise)
    {
        var value = end.Message ?? otherwise;
        return new ExecutionError(name, value, [$"{name}: {value}"]);
    }
}
