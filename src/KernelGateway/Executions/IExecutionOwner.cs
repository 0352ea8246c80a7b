namespace KernelGateway.Executions;

/// <summary>The owner of an execution: it runs and stops it.</summary>
internal interface IExecutionOwner
{
    /// <summary>Gets the id of the owner, which its executions show.</summary>
    string Id { get; }

    /// <summary>Ends an execution of this owner, whether it waits or runs; it never affects another one.</summary>
    /// <returns>True when this call ended it; false when it had ended before.</returns>
    Task<bool> InterruptAsync(Execution execution, ExecutionStopCause cause, CancellationToken cancellationToken);

    /// <summary>Answers the request for input of an execution of this owner.</summary>
    /// <exception cref="InvalidOperationException">The code does not wait for input.</exception>
    Task SendInputAsync(Execution execution, string value, CancellationToken cancellationToken);
}
