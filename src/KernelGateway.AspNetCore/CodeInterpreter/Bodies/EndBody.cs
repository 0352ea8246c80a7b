using System.ComponentModel;
using KernelGateway.Executions;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>How an execution ended.</summary>
[Description("How an execution ended.")]
internal sealed record EndBody(
    [property: Description("`completed`, `error`, `interrupted`, `timed_out`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")] string Reason,
    [property: Description("Whether both the kernel's reply and its idle status were seen and nothing was dropped, so that no output is missing.")] bool Complete,
    [property: Description("`preserved` when the context's variables survived, else `lost`.")] string State,
    [property: Description("What stopped the code, whatever it came to: `time_limit`, `request`, `output_limit` or `disconnect`; null when nothing did.")] string? StoppedBy,
    [property: Description("The exit code of a kernel that ended by itself, or null.")] int? ExitCode,
    [property: Description("The signal that ended the kernel, or null.")] int? Signal,
    [property: Description("A sentence for people, or null.")] string? Message,
    [property: Description("How many events of each kind came before the end.")] CountsBody Counts,
    [property: Description("How many of them were not kept, because of a limit or for want of room.")] long DroppedEvents,
    [property: Description("Their size in bytes.")] long DroppedBytes)
{
    public static EndBody From(ExecutionEnd end) => new(
        ExecutionEnd.WireName(end.Reason),
        end.IsComplete,
        end.IsStatePreserved ? "preserved" : "lost",
        end.StoppedBy is { } cause ? ExecutionEnd.WireName(cause) : null,
        end.ExitCode,
        end.Signal,
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
    [property: Description("Results and displayed data, updates not counted.")] long Results);

/// <summary>What an interrupt came to.</summary>
[Description("What an interrupt came to.")]
internal sealed record InterruptedBody(
    [property: Description("Whether an execution was ended by it; false when there was nothing to interrupt, or it was over already.")]
    bool Interrupted,
    [property: Description("How the execution ended; null when there was none. Code may catch an interrupt and run to its end.")] EndBody? End)
{
    public static async Task<InterruptedBody> CreateAsync(bool isInterrupted, Execution? execution) =>
        new(isInterrupted, execution is { Ended.IsCompleted: true } ? EndBody.From(await execution.Ended) : null);
}
