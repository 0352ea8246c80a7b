using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>How an execution ended: the last event of its journal that is not late output.</summary>
public sealed record ExecutionEnd
{
    /// <summary>Gets why it ended.</summary>
    public required ExecutionEndReason Reason { get; init; }

    /// <summary>
    /// Gets the cause that stopped the code; null when it was not stopped. Code may catch the interrupt and continue to any end.
    /// </summary>
    public ExecutionStopCause? StoppedBy { get; init; }

    /// <summary>Gets a value indicating whether both the kernel's reply and its idle status were seen, so that no output is missing.</summary>
    /// <remarks>
    /// Real kernels lose either of them; then the other one and a grace period end the execution, and this is false. It is also
    /// false when output was dropped.
    /// </remarks>
    public bool IsComplete { get; init; }

    /// <summary>Gets a value indicating whether the variables of the context survived: false when its kernel was replaced or died.</summary>
    public bool IsStatePreserved { get; init; } = true;

    /// <summary>Gets a value indicating whether the kernel's <c>execute_reply</c> was seen.</summary>
    public bool ReplySeen { get; init; }

    /// <summary>Gets a value indicating whether the kernel's idle status for this execution was seen.</summary>
    public bool IdleSeen { get; init; }

    /// <summary>Gets the kernel's exit code when the reason is <see cref="ExecutionEndReason.KernelDied"/> and it exited by itself.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Gets the signal that ended the kernel when the reason is <see cref="ExecutionEndReason.KernelDied"/>.</summary>
    public int? Signal { get; init; }

    /// <summary>
    /// Gets a value indicating whether the system killed the kernel because there was no memory, in most cases because the code needed
    /// more than the memory limit of kernels (<c>LaunchOptions.MemoryLimit</c>). The message says how much that is.
    /// </summary>
    public bool IsOutOfMemory { get; init; }

    /// <summary>Gets a message that explains the end, with the last lines of the kernel's stderr if they explain it.</summary>
    public string? Message { get; init; }

    /// <summary>Gets how many events of each kind came before this one.</summary>
    public ExecutionCounts Counts { get; init; }

    /// <summary>Gets how many events before this one were not kept, because of a limit or because neither memory nor disk had room for them.</summary>
    /// <remarks>They are in <see cref="Counts"/>. When it is not zero, <see cref="IsComplete"/> is false and the message says why.</remarks>
    public long DroppedEvents { get; init; }

    /// <summary>Gets how much was dropped with them, in bytes of JSON.</summary>
    public long DroppedBytes { get; init; }

    internal JObject ToJson()
    {
        var json = new JObject
        {
            ["reason"] = WireName(Reason),
            ["complete"] = IsComplete,
            ["state"] = IsStatePreserved ? "preserved" : "lost",
            ["reply_seen"] = ReplySeen,
            ["idle_seen"] = IdleSeen,
        };
        if (StoppedBy is { } cause) json["stopped_by"] = WireName(cause);
        if (ExitCode is { } code) json["exit_code"] = code;
        if (Signal is { } signal) json["signal"] = signal;
        if (IsOutOfMemory) json["out_of_memory"] = true;
        if (Message is { } message) json["message"] = message;
        json["counts"] = Counts.ToJson();
        if (DroppedEvents > 0)
        {
            json["dropped_events"] = DroppedEvents;
            json["dropped_bytes"] = DroppedBytes;
        }

        return json;
    }

    internal static ExecutionEnd FromJson(JObject json) => new()
    {
        Reason = ParseWireName((string?)json["reason"]),
        IsComplete = (bool?)json["complete"] ?? false,
        IsStatePreserved = (string?)json["state"] != "lost",
        ReplySeen = (bool?)json["reply_seen"] ?? false,
        IdleSeen = (bool?)json["idle_seen"] ?? false,
        ExitCode = (int?)json["exit_code"],
        Signal = (int?)json["signal"],
        IsOutOfMemory = (bool?)json["out_of_memory"] ?? false,
        Message = (string?)json["message"],
        StoppedBy = ParseCause((string?)json["stopped_by"]),
        Counts = ExecutionCounts.FromJson(json["counts"] as JObject),
        DroppedEvents = (long?)json["dropped_events"] ?? 0,
        DroppedBytes = (long?)json["dropped_bytes"] ?? 0,
    };

    /// <summary>Returns a reason's published name, as in end events: <c>timed_out</c>, <c>kernel_died</c>.</summary>
    public static string WireName(ExecutionEndReason reason) => reason switch
    {
        ExecutionEndReason.Completed => "completed",
        ExecutionEndReason.Error => "error",
        ExecutionEndReason.Interrupted => "interrupted",
        ExecutionEndReason.TimedOut => "timed_out",
        ExecutionEndReason.KernelDied => "kernel_died",
        ExecutionEndReason.Restarted => "restarted",
        ExecutionEndReason.Removed => "removed",
        ExecutionEndReason.Rejected => "rejected",
        ExecutionEndReason.Unanswered => "unanswered",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a reason for an end."),
    };

    /// <summary>
    /// Returns the published name of a stop cause, as in end events: <c>time_limit</c>, <c>request</c>.
    /// </summary>
    public static string WireName(ExecutionStopCause cause) => cause switch
    {
        ExecutionStopCause.TimeLimit => "time_limit",
        ExecutionStopCause.Request => "request",
        ExecutionStopCause.OutputLimit => "output_limit",
        ExecutionStopCause.Disconnect => "disconnect",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Not a cause that stops an execution."),
    };

    private static ExecutionStopCause? ParseCause(string? name) =>
        name is null ? null : Enum.GetValues<ExecutionStopCause>().First(cause => WireName(cause) == name);

    private static ExecutionEndReason ParseWireName(string? name) =>
        Enum.GetValues<ExecutionEndReason>().First(reason => WireName(reason) == name);
}
