using System.ComponentModel;
using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>How an execution ended.</summary>
[Description("How an execution ended.")]
internal sealed record EndBody(
    [property: Description("`completed`, `error`, `interrupted`, `timed_out`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")] string Reason,
    [property: Description("Whether the kernel's reply and its idle status have arrived and nothing was dropped, so that no output is missing.")] bool Complete,
    [property: Description("`preserved` if the context's variables survived, otherwise `lost`.")] string State,
    [property: Description("Why the gateway interrupted the code, also if the code ran to its end: `time_limit`, `request`, `output_limit` or `disconnect`; null if it did not.")] string? StoppedBy,
    [property: Description("The exit code of a kernel that ended by itself, or null.")] int? ExitCode,
    [property: Description("The signal that ended the kernel, or null.")] int? Signal,
    [property: Description("Whether the system killed the kernel because it needed more memory than its limit, or than there was.")] bool OutOfMemory,
    [property: Description("An explanation for the user, or null.")] string? Message,
    [property: Description("How many events of each kind there were before the end.")] CountsBody Counts,
    [property: Description("How many of them were not kept, because of a limit or because there was no room.")] long DroppedEvents,
    [property: Description("Their size in bytes.")] long DroppedBytes)
{
    public static EndBody From(ExecutionEnd end) => new(
        ExecutionEnd.WireName(end.Reason),
        end.IsComplete,
        end.IsStatePreserved ? "preserved" : "lost",
        end.StoppedBy is { } cause ? ExecutionEnd.WireName(cause) : null,
        end.ExitCode,
        end.Signal,
        end.IsOutOfMemory,
        end.Message,
        new CountsBody(end.Counts.Stdout, end.Counts.Stderr, end.Counts.Results),
        end.DroppedEvents,
        end.DroppedBytes);
}

/// <summary>How many events of each kind an execution produced.</summary>
[Description("How many events of each kind an execution produced before its end.")]
internal sealed record CountsBody(
    [property: Description("Chunks of standard output.")] long Stdout,
    [property: Description("Chunks of standard error.")] long Stderr,
    [property: Description("Results and displayed data, without updates.")] long Results);

/// <summary>The result of an interrupt.</summary>
[Description("The result of an interrupt.")]
internal sealed record InterruptedBody(
    [property: Description("Whether the interrupt ended an execution; false if there was nothing to interrupt, or it had ended before.")]
    bool Interrupted,
    [property: Description("How the execution ended; null if there was none. Code may catch an interrupt and run to its end.")] EndBody? End)
{
    public static async Task<InterruptedBody> CreateAsync(bool isInterrupted, Execution? execution) =>
        new(isInterrupted, execution is { Ended.IsCompleted: true } ? EndBody.From(await execution.Ended) : null);
}
