using KernelGateway.Executions;

namespace KernelGateway.Contexts;

/// <summary>Why the code of an execution is not sent to the kernel any more.</summary>
internal sealed record Withdrawal(ExecutionEndReason Reason, string Message, ExecutionStopCause? Cause, bool IsStatePreserved)
{
    public static Withdrawal Restarted { get; } =
        new(ExecutionEndReason.Restarted, "The context was restarted while it waited.", Cause: null, IsStatePreserved: false);

    public static Withdrawal Stopped(ExecutionStopCause cause, bool isStatePreserved = true) => new(
        cause == ExecutionStopCause.TimeLimit ? ExecutionEndReason.TimedOut : ExecutionEndReason.Interrupted,
        "It was cancelled while it waited for its kernel.",
        cause,
        isStatePreserved);
}
