using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Gives the error that stands for an end of which the code's own output says nothing.</summary>
/// <remarks>
/// The E2B SDKs never look at the end: without an <c>error</c> line an execution that was cut off is a success to them. Names and
/// values are those of the SDKs' own server where it has any.
/// </remarks>
internal static class EndFailure
{
    private const string RestartingName = "ContextRestarting";
    private const string RestartingValue = "Context was restarted";

    public static ExecutionError Of(ExecutionEnd end) => end.Reason switch
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
