using System.ComponentModel;
using KernelGateway.AspNetCore.CodeInterpreter.Bodies;

namespace KernelGateway.AspNetCore.Description.Lines;

/// <summary>The execution is over.</summary>
[Description("The execution is over: always the last line of a complete `/execute` stream. `execution_id` is always there.")]
internal sealed record EndLine : EventLine
{
    [Description("`completed`, `error`, `interrupted`, `timed_out`, `kernel_died`, `restarted`, `removed`, `rejected` or `unanswered`.")]
    public required string Reason { get; init; }

    [Description("Whether both the kernel's reply and its idle status were seen and nothing was dropped, so that no output is missing.")]
    public required bool Complete { get; init; }

    [Description("`preserved` when the context's variables survived, else `lost`.")]
    public required string State { get; init; }

    [Description("Whether the kernel's reply was seen.")]
    public required bool ReplySeen { get; init; }

    [Description("Whether the kernel's idle status was seen.")]
    public required bool IdleSeen { get; init; }

    [Description("What stopped the code, whatever it came to: `time_limit`, `request`, `output_limit` or `disconnect`. Left out when nothing did.")]
    public string? StoppedBy { get; init; }

    [Description("The exit code of a kernel that ended by itself.")]
    public int? ExitCode { get; init; }

    [Description("The signal that ended the kernel.")]
    public int? Signal { get; init; }

    [Description("A sentence for people.")]
    public string? Message { get; init; }

    [Description("How many events of each kind came before it.")]
    public required CountsBody Counts { get; init; }

    [Description("How many of them were not kept, because of a limit or for want of room. Left out when none was.")]
    public long? DroppedEvents { get; init; }

    [Description("Their size in bytes.")]
    public long? DroppedBytes { get; init; }
}
