namespace KernelGateway.Executions;

/// <summary>The status of an execution.</summary>
public enum ExecutionStatus
{
    /// <summary>It waits for the executions before it.</summary>
    Queued,

    /// <summary>It has been given to the kernel, or is being prepared for it.</summary>
    Running,

    /// <summary>It has ended; <see cref="ExecutionResult.End"/> says how.</summary>
    Ended,
}
