using KernelGateway.Executions;

namespace KernelGateway.Tools.Results;

/// <summary>Describes an end of an execution that a model should know about.</summary>
internal static class EndText
{
    /// <summary>Returns one or more sentences; null if the code ran to its end, or to an error of its own, and all output is there.</summary>
    public static string? Describe(ExecutionEnd? end) => end switch
    {
        null => "the code has not ended yet.",
        { Reason: ExecutionEndReason.TimedOut } => $"the code was interrupted, because it ran longer than its time limit. {State(end)}",
        { StoppedBy: ExecutionStopCause.TimeLimit } => $"the code was interrupted at its time limit and handled that itself. {State(end)}",
        { StoppedBy: ExecutionStopCause.OutputLimit } => $"the code was interrupted, because it wrote too much. {State(end)}",
        { Reason: ExecutionEndReason.Interrupted } or { StoppedBy: not null } => $"the code was interrupted. {State(end)}",
        { Reason: ExecutionEndReason.KernelDied } =>
            Join($"the kernel's process died{Cause(end)}. {State(end)} The next code runs in a new process.", end.Message),
        { Reason: ExecutionEndReason.Restarted } => $"the kernel was restarted while the code ran or waited. {State(end)}",
        { Reason: ExecutionEndReason.Removed } => $"the context was removed while the code ran or waited. {State(end)}",
        { Reason: ExecutionEndReason.Rejected } => Join("the code was not run.", end.Message),
        { Reason: ExecutionEndReason.Unanswered } => Join("the kernel has not answered the code, so it is not known whether it ran.", end.Message),
        { DroppedEvents: > 0 } => Join($"{end.DroppedEvents} pieces of the output are missing.", end.Message),
        _ => null,
    };

    private static string State(ExecutionEnd end) => end.IsStatePreserved ? "The variables are preserved." : "All variables are lost.";

    private static string Cause(ExecutionEnd end) => end switch
    {
        { IsOutOfMemory: true } => ", because there was not enough memory",
        { Signal: { } signal } => $" of signal {signal}",
        { ExitCode: { } code } => $" with exit code {code}",
        _ => "",
    };

    private static string Join(string sentence, string? message) =>
        string.IsNullOrWhiteSpace(message) ? sentence : $"{sentence} {TerminalText.Clean(message).Trim()}";
}
