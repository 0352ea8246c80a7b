using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway;

/// <summary>Runs code in contexts: the gateway in this process, or one that is reached over HTTP.</summary>
/// <remarks>
/// <code>
/// ICodeContext context = await interpreter.CreateContextAsync(new() { Language = "python" });
/// ExecutionResult result = await context.RunAsync("x = 1; x");
/// Console.WriteLine(result.Text);
/// </code>
/// All members can be called at the same time. Failures are <see cref="KernelGatewayException"/>; code that raises is a result.
/// </remarks>
public interface ICodeInterpreter
{
    /// <summary>Creates a context and waits until its kernel is ready.</summary>
    /// <param name="options">Language, directory and variables; null for the default language in the default directory.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <exception cref="KernelGatewayException">Nothing serves the language, the kernel did not start, or there are too many contexts.</exception>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    Task<ICodeContext> CreateContextAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Finds a context.</summary>
    /// <param name="contextId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    Task<ICodeContext> GetContextAsync(string contextId, CancellationToken cancellationToken = default);

    /// <summary>Lists the contexts, in the order in which they were created.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<IReadOnlyList<ICodeContext>> ListContextsAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes a context: what runs or waits in it ends with <c>removed</c>, its kernel is shut down.</summary>
    /// <param name="contextId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting; the removal continues.</param>
    /// <exception cref="ContextNotFoundException">There is none with that id.</exception>
    Task RemoveContextAsync(string contextId, CancellationToken cancellationToken = default);

    /// <summary>Runs code in the default context of a language, which is created at its first use, and waits for its end.</summary>
    /// <param name="code">The code.</param>
    /// <param name="language">The language, an alias, or null for the default language.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <param name="callbacks">What is called with its events; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the execution and stops waiting.</param>
    /// <returns>The result. Code that raises is a result, not an exception.</returns>
    Task<ExecutionResult> RunAsync(
        string code,
        string? language = null,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default);
}
