namespace KernelGateway.Executions;

/// <summary>The kernel accepted the code and gave it a number.</summary>
public sealed class StartedEvent : ExecutionEvent
{
    /// <summary>Gets the kernel's number for the cell; null when the kernel does not count.</summary>
    /// <remarks>
    /// Kernels for Java count the silent requests around an execution with environment variables, so such an execution increases
    /// the number by three.
    /// </remarks>
    public int? ExecutionCount { get; init; }
}
