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
    public static EndBody Of(ExecutionEnd end) => new(
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
