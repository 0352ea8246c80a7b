using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Creates the error line for an end that the code's own output does not show.</summary>
/// <remarks>
/// The E2B SDKs ignore the end: without an <c>error</c> line an interrupted execution is a success for them. Names and values are
/// those of the SDKs' own server where it has them.
/// </remarks>
internal static class EndFailure
{
    private const string RestartingName = "ContextRestarting";
    private const string RestartingValue = "Context was restarted";

    public static ExecutionError Create(ExecutionEnd end) => end.Reason switch
    {
        ExecutionEndReason.KernelDied or ExecutionEndReason.Restarted => new(RestartingName, RestartingValue, []),
        ExecutionEndReason.Removed => new(
            "UnexpectedEndOfExecution", "Connection to the execution was closed before the execution was finished", []),
        ExecutionEndReason.TimedOut => new("TimeoutError", end.Message ?? "The time limit of the execution passed.", []),
        ExecutionEndReason.Interrupted => new("ExecutionInterrupted", end.Message ?? "The execution was interrupted.", []),
        ExecutionEndReason.Rejected => new("ExecutionRejected", end.Message ?? "The kernel did not run the code.", []),
        ExecutionEndReason.Unanswered => new("ExecutionUnanswered", end.Message ?? "The kernel did not answer.", []),
        _ => new("ExecutionError", end.Message ?? "The code failed.", []),
    };
}
