using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway;

/// <summary>A lasting place to run code: one kernel, its state, and a queue in front of it.</summary>
public interface ICodeContext
{
    /// <summary>Gets the id: a GUID.</summary>
    string Id { get; }

    /// <summary>Gets the language, in lower case.</summary>
    string Language { get; }

    /// <summary>Gets the working directory in which its kernel starts.</summary>
    string WorkingDirectory { get; }

    /// <summary>Runs code, calls the callbacks as its events come, and waits for its end.</summary>
    /// <param name="code">The code, sent to the kernel as it is.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution, or takes it out of the queue, and stops waiting.</param>
    /// <returns>The result. Code that raises is a result, not an exception.</returns>
    /// <exception cref="ContextNotFoundException">The context has been removed.</exception>
    /// <exception cref="QueueFullException">Too many executions wait already.</exception>
    /// <exception cref="ArgumentException">The code or an option cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    Task<ExecutionResult> RunAsync(
        string code,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default);

    /// <summary>Runs code and gives its events as they come, the <see cref="EndEvent"/> last.</summary>
    /// <param name="code">The code, sent to the kernel as it is.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Interrupts the execution. Leaving the enumeration early does the same.</param>
    IAsyncEnumerable<ExecutionEvent> StreamAsync(
        string code, ExecutionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Submits code and returns when it was accepted; it runs when those before it have ended.</summary>
    /// <param name="code">The code, sent to the kernel as it is.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting. Code that was accepted is run.</param>
    /// <exception cref="ContextNotFoundException">The context has been removed.</exception>
    /// <exception cref="QueueFullException">Too many executions wait already.</exception>
    /// <exception cref="ArgumentException">The code or an option cannot be used.</exception>
    Task<IExecution> SubmitAsync(string code, ExecutionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Interrupts the execution that runs at this moment; has no effect when none runs.</summary>
    /// <param name="cancellationToken">Stops waiting; the interrupt continues.</param>
    /// <returns>True when an execution was ended by this.</returns>
    Task<bool> InterruptAsync(CancellationToken cancellationToken = default);

    /// <summary>Restarts the kernel: same id, new process, no state. Executions that run or wait end with <c>restarted</c>.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="KernelGatewayException">A new process could not be started.</exception>
    Task RestartAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes the context: what runs or waits in it ends with <c>removed</c>, its kernel is shut down.</summary>
    /// <param name="cancellationToken">Stops waiting; the removal continues.</param>
    /// <exception cref="ContextNotFoundException">It has been removed already.</exception>
    Task RemoveAsync(CancellationToken cancellationToken = default);
}
