using KernelGateway.Contexts;
using KernelGateway.Notebooks;

namespace KernelGateway;

/// <summary>Runs notebooks, and writes what contexts have executed as notebooks.</summary>
/// <remarks>
/// It stands beside <see cref="ICodeInterpreter"/> because not every interpreter has it: a service with E2B's routes only runs code.
/// </remarks>
public interface INotebooks
{
    /// <summary>Runs a notebook's code cells in order.</summary>
    /// <param name="notebook">The notebook. It may be changed in place; that of the result has the outputs in any case.</param>
    /// <param name="contextId">The context in which to run it; null for a new one, which is removed afterwards.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called during the run; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the cell that runs, and ends the run.</param>
    /// <returns>How it went. Code that raises is a result, not an exception, and so is a kernel that dies.</returns>
    /// <exception cref="ContextNotFoundException">There is no context with that id.</exception>
    /// <exception cref="KernelGatewayException">Nothing serves the notebook's language, or the kernel did not start.</exception>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The token fired before the end.</exception>
    Task<NotebookRun> RunAsync(
        Notebook notebook,
        string? contextId = null,
        NotebookRunOptions? options = null,
        NotebookCallbacks? callbacks = null,
        CancellationToken cancellationToken = default);

    /// <summary>Creates a notebook of the retained executions of a context, in order, with their outputs so far.</summary>
    /// <param name="contextId">The id of the context.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ContextNotFoundException">There is no context with that id.</exception>
    Task<Notebook> ExportAsync(string contextId, CancellationToken cancellationToken = default);
}
