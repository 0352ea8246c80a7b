namespace KernelGateway.Executions;

/// <summary>What an execution was given to, runs in and is stopped by.</summary>
internal interface IExecutionOwner
{
    /// <summary>Gets the id of the owner, which its executions show.</summary>
    string Id { get; }

    /// <summary>Ends an execution of this owner, wherever it is; it never touches another one.</summary>
    /// <returns>True when it was ended by this; false when it was over already.</returns>
    Task<bool> InterruptAsync(Execution execution, ExecutionStopCause cause, CancellationToken cancellationToken);

    /// <summary>Answers the request for input of an execution of this owner.</summary>
    /// <exception cref="InvalidOperationException">The code does not wait for input.</exception>
    Task SendInputAsync(Execution execution, string value, CancellationToken cancellationToken);
}
