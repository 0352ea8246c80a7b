namespace KernelGateway.Executions;

/// <summary>Why an execution ended. Every execution ends exactly once, with one of these.</summary>
public enum ExecutionEndReason
{
    /// <summary>The code ran to its end.</summary>
    Completed,

    /// <summary>The code raised; <see cref="ExecutionResult.Error"/> says what.</summary>
    Error,

    /// <summary>The execution was interrupted, or cancelled while it was still queued.</summary>
    Interrupted,

    /// <summary>Its time limit passed before the kernel's reply; the code was interrupted, but may have run to its end.</summary>
    TimedOut,

    /// <summary>The kernel's process ended, or an attached kernel's sockets were lost, while it ran.</summary>
    KernelDied,

    /// <summary>The context was restarted while it ran or waited.</summary>
    Restarted,

    /// <summary>The context was removed, or the gateway stopped, while it ran or waited.</summary>
    Removed,

    /// <summary>The kernel refused to run it, or no kernel could be started to run it.</summary>
    Rejected,

    /// <summary>The kernel lives and did not answer, so that it is not known whether the code ran to its end.</summary>
    /// <remarks>
    /// It became idle without a reply, it had not begun with the code after the time of the option <c>UnansweredAfter</c>
    /// while it answered on control, or it answered a later request first. The context can be used.
    /// </remarks>
    Unanswered,
}
