using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>
/// The observations of one execution, and the end that follows from them. Guarded by the lock of its
/// <see cref="ExecutionRun"/>.
/// </summary>
internal sealed class ExecutionVerdict(ExecutionRunOptions options)
{
    /// <summary>The message of an end because the time limit passed.</summary>
    public const string TimeLimitMessage = "The time limit of the execution passed.";

    private ExecutionCounts _counts;

    public ExecuteReply? Reply { get; set; }

    public bool IdleSeen { get; set; }

    public bool StartedSeen { get; set; }

    public bool ErrorSeen { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the kernel has answered a later request over another connection.
    /// </summary>
    public bool AreResponsesLost { get; set; }

    /// <summary>Gets or sets how output was lost on its way to the gateway; null when none was.</summary>
    public string? OutputLost { get; set; }

    /// <summary>Gets or sets a value indicating whether the time limit passed before the reply came.</summary>
    public bool TimeLimitPassed { get; private set; }

    /// <summary>Gets or sets the first cause that stopped the code; null while there is none.</summary>
    public ExecutionStopCause? StoppedBy { get; private set; }

    /// <summary>Gets a value indicating whether the kernel aborted the request before it began with it.</summary>
    public bool IsAbortedBeforeStart => Reply is { IsAborted: true } && !StartedSeen;

    /// <summary>Gets a value indicating whether the code has asked the kernel to exit, and the kernel does.</summary>
    /// <remarks>Jupyter messaging 5.x, Payloads: <c>ask_exit</c> with <c>keepkernel</c> false (<c>exit()</c> in IPython).</remarks>
    public bool IsKernelExiting => Reply?.Payload.OfType<JObject>().Any(AsksForExit) == true;

    /// <summary>Gets the reason of an end that was caused by stopping the code.</summary>
    public ExecutionEndReason StoppedReason => TimeLimitPassed ? ExecutionEndReason.TimedOut : ExecutionEndReason.Interrupted;

    // The reason of an end that the kernel brought about.
    private ExecutionEndReason Reason => TimeLimitPassed
        ? ExecutionEndReason.TimedOut
        : Reply switch
        {
            // Begun and aborted: interrupted, by another client if not by the gateway (IRkernel answers an interrupt so).
            { IsAborted: true } => StoppedBy is null && !StartedSeen ? ExecutionEndReason.Rejected : ExecutionEndReason.Interrupted,
            { Status: ReplyStatus.Error } => StoppedBy is null ? ExecutionEndReason.Error : ExecutionEndReason.Interrupted,
            { } when StoppedBy is not null && options.ReportsErrorsAsOk => ExecutionEndReason.Interrupted,
            { } => ExecutionEndReason.Completed,
            null when StoppedBy is not null => ExecutionEndReason.Interrupted,
            null when AreResponsesLost && !StartedSeen && !IdleSeen => ExecutionEndReason.Rejected,

            // It is not known whether the code ran to its end: ipykernel leaves out a reply that it cannot serialise, an error's
            // above all.
            null => ErrorSeen ? ExecutionEndReason.Error : ExecutionEndReason.Unanswered,
        };

    /// <summary>Counts an event that came before the end.</summary>
    public void Count(ExecutionEventKind kind) => _counts = kind switch
    {
        ExecutionEventKind.Stdout => _counts with { Stdout = _counts.Stdout + 1 },
        ExecutionEventKind.Stderr => _counts with { Stderr = _counts.Stderr + 1 },
        ExecutionEventKind.Result or ExecutionEventKind.Display => _counts with { Results = _counts.Results + 1 },
        _ => _counts,
    };

    /// <summary>Records what stops the code; false when the reply has come, because then nothing is left to stop.</summary>
    public bool TryStop(ExecutionStopCause cause)
    {
        if (Reply is not null) return false;
        StoppedBy ??= cause;
        TimeLimitPassed |= cause == ExecutionStopCause.TimeLimit;
        return true;
    }

    /// <summary>Returns the end that the kernel brought about.</summary>
    public ExecutionEnd CreateEnd() => CreateEnd(Reason, Describe(Reason)) with { IsStatePreserved = !IsKernelExiting };

    /// <summary>Returns the end of an execution that the kernel has not begun with.</summary>
    public ExecutionEnd CreateAbortedEnd() => CreateEnd(ExecutionEndReason.Rejected, Describe(ExecutionEndReason.Rejected));

    /// <summary>Returns the end that the end of the kernel brought about.</summary>
    public ExecutionEnd CreateEnd(KernelCloseInfo close)
    {
        var reason = close.Reason switch
        {
            KernelCloseReason.Restarted => StoppedBy is null ? ExecutionEndReason.Restarted : StoppedReason,
            KernelCloseReason.ShutDown => ExecutionEndReason.Removed,
            _ => ExecutionEndReason.KernelDied,
        };
        return CreateEnd(reason, close.Describe()) with
        {
            IsStatePreserved = false,
            ExitCode = close.Exit?.ExitCode,
            Signal = close.Exit?.Signal,
            IsOutOfMemory = close.Exit?.IsOutOfMemory ?? false,
        };
    }

    /// <summary>Returns an end with a reason that is known.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="message">A message that explains the end; null when the reason is sufficient.</param>
    public ExecutionEnd CreateEnd(ExecutionEndReason reason, string? message) => new()
    {
        Reason = reason,
        StoppedBy = StoppedBy,
        IsComplete = this is { Reply: not null, IdleSeen: true, OutputLost: null },
        ReplySeen = Reply is not null,
        IdleSeen = IdleSeen,
        Message = message ?? OutputLost,
        Counts = _counts,
    };

    // Returns a message that explains the end; null when the reason is sufficient.
    private string? Describe(ExecutionEndReason reason)
    {
        if (AreResponsesLost && Reply is null && !IdleSeen) return "The connection to the kernel broke, and is back. What the code did and printed meanwhile is not known.";
        return reason switch
        {
            ExecutionEndReason.Rejected => "The kernel aborted the request without running it.",
            ExecutionEndReason.TimedOut => TimeLimitMessage,
            ExecutionEndReason.Unanswered => "The kernel went idle without answering: whether the code ran to its end is not known.",
            _ when StoppedBy == ExecutionStopCause.OutputLimit => $"The output passed the limit of {options.MaxOutputBytes} bytes.",
            _ when IsKernelExiting => "The code made the kernel exit; its variables are lost.",
            _ => null,
        };
    }

    private static bool AsksForExit(JObject payload) =>
        payload["source"] is JValue { Value: "ask_exit" } && payload["keepkernel"] is not JValue { Value: true };
}
