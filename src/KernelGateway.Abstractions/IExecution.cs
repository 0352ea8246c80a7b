using KernelGateway.Executions;

namespace KernelGateway;

/// <summary>One piece of code given to a context, with everything that results from it.</summary>
public interface IExecution
{
    /// <summary>Gets the id, unique in the gateway.</summary>
    string Id { get; }

    /// <summary>Gets the id of the context it runs in.</summary>
    string ContextId { get; }

    /// <summary>Reads the past and the future events until the execution has ended and all of them have been read.</summary>
    /// <param name="after">The sequence number after which to begin; 0 for all.</param>
    /// <param name="cancellationToken">Stops reading; the execution continues.</param>
    IAsyncEnumerable<ExecutionEvent> ReadEventsAsync(long after = 0, CancellationToken cancellationToken = default);

    /// <summary>Combines the events so far into one value. Its <see cref="ExecutionResult.End"/> is null while it runs or waits.</summary>
    /// <param name="cancellationToken">Stops reading; the execution continues.</param>
    Task<ExecutionResult> GetResultAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until the execution has ended, and returns its result.</summary>
    /// <param name="cancellationToken">Stops waiting; the execution continues.</param>
    Task<ExecutionResult> WaitAsync(CancellationToken cancellationToken = default);

    /// <summary>Interrupts the code if it runs, or removes it from the queue if it waits. It never affects another execution.</summary>
    /// <param name="cancellationToken">Stops waiting; the interrupt continues.</param>
    /// <returns>True when this call ended the execution; false when it had ended before.</returns>
    Task<bool> InterruptAsync(CancellationToken cancellationToken = default);

    /// <summary>Answers the code's request for input.</summary>
    /// <param name="value">The line, without its end.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The code does not wait for input.</exception>
    Task SendInputAsync(string value, CancellationToken cancellationToken = default);
}
